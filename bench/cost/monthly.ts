import { synthesise } from '../../infra/testing/synthesis.ts';
import { loadCatalog } from '../../shared/providers/catalog.ts';
import { type Line, line } from './bill.ts';

/** What the stack's template declares that costs something by itself. */
export interface Declared {
  readonly secrets: number;
  /** Queues that a function polls. */
  readonly polledQueues: number;
  /** Metrics that alarms watch. */
  readonly watched: number;
  readonly compositeAlarms: number;
  readonly dashboards: number;
  readonly keys: number;
  /** KMS requests of a month without a pause, but for those of reading secrets. */
  readonly kmsRequests: number;
}

const secondsPerMonth = 30 * 86_400;
/**
 * Lambda keeps five pollers at an idle queue, and does not go down to two where the mapping has a
 * maximum concurrency. Each is taken to wait 20 s a time, the longest that SQS allows.
 */
const idlePollers = 5;
const pollSeconds = 20;
/** SQS' default; a queue may say otherwise. */
const dataKeySeconds = 300;
/** DynamoDB asks KMS again for the table's key after five minutes without a request. */
const tableKeySeconds = 300;

/** @param providersFile the providers, each with a lane and a secret */
export async function readTemplate(providersFile: string): Promise<Declared> {
  const { all } = await synthesise({ providers: providersFile });
  const providers = await loadCatalog(providersFile);
  const count = (type: string) => all(type).length;
  const sum = (type: string, of: (properties: Readonly<Record<string, unknown>>) => number) =>
    all(type).reduce((total, { properties }) => total + of(properties), 0);
  const keys = count('AWS::KMS::Key');
  // By the formula of the SQS documentation, with one producer and one consumer.
  const queueKeys = sum('AWS::SQS::Queue', (queue) => {
    if (queue.KmsMasterKeyId === undefined) return 0;
    return 3 * (secondsPerMonth / Number(queue.KmsDataKeyReusePeriodSeconds ?? dataKeySeconds));
  });
  const tableKeys = count('AWS::Lambda::Function') * (secondsPerMonth / tableKeySeconds);
  return {
    secrets: providers.size + 2,
    polledQueues: count('AWS::Lambda::EventSourceMapping'),
    watched: sum('AWS::CloudWatch::Alarm', ({ Metrics }) => metricsOf(Metrics)),
    compositeAlarms: count('AWS::CloudWatch::CompositeAlarm'),
    dashboards: count('AWS::CloudWatch::Dashboard'),
    keys,
    kmsRequests: keys > 0 ? queueKeys + tableKeys : 0,
  };
}

/** An alarm on an expression is billed for each metric in it. */
const metricsOf = (metrics: unknown): number =>
  Array.isArray(metrics) ? metrics.filter((metric) => 'MetricStat' in metric).length : 1;

/** What a stack costs in a month besides its revocations. */
export interface Month {
  /** Even if there are none. */
  readonly idle: readonly Line[];
  /** On top of that, at most: if there are some in every hour. */
  readonly busy: readonly Line[];
}

/** @param customMetrics metrics that the functions publish: billed for the hours in which they do */
export function monthlyOf(declared: Declared, customMetrics: number): Month {
  const { polledQueues } = declared;
  const polls = polledQueues * idlePollers * (secondsPerMonth / pollSeconds);
  const some = (lines: readonly Line[]) => lines.filter(({ quantity }) => quantity > 0);
  return {
    idle: some([
      line(
        'secret',
        declared.secrets,
        'secrets: one a provider, the sealing keys, the key of reports',
      ),
      line('kmsKey', declared.keys, 'KMS keys'),
      line('sqsRequest', polls, `polls of ${polledQueues} idle queues`),
      line('alarm', declared.watched, 'metrics that alarms watch'),
      line('compositeAlarm', declared.compositeAlarms, 'composite alarms'),
      line('dashboard', declared.dashboards, 'dashboards'),
    ]),
    busy: some([
      line('metric', customMetrics, 'custom metrics'),
      line('kmsRequest', declared.kmsRequests, 'KMS requests of queues and table'),
    ]),
  };
}
