import { requestCount } from '../../test/support/meter.ts';
import { type PriceName, prices } from './prices.ts';
import type { Invocations, Usage } from './usage.ts';

/** One line of a bill. */
export interface Line {
  readonly price: PriceName;
  readonly what: string;
  /** In units of the price. */
  readonly quantity: number;
  readonly dollars: number;
}

/** What a design uses beyond what is counted. */
export interface Traits {
  /** Whether its messages name a group, which fair queues are billed extra for. */
  readonly fairQueues: boolean;
  /** Whether its secrets are encrypted with a KMS key of the account's own, which bills each read. */
  readonly ownKey: boolean;
  /** Whether its table has point-in-time recovery. */
  readonly backups: boolean;
}

/** Memory of each function, in GB: infra/function.ts says so. */
const memoryGb = 0.5;
/** Lambda's own START, END and REPORT lines, in bytes; estimated by their format. */
const platformLogBytes = 300;
/** One line of the API's access log (infra/api.ts), in bytes; estimated by its format. */
const accessLogBytes = 400;
/** How long logs are kept by default, in months. */
const logMonths = 1;

export const line = (
  price: PriceName,
  quantity: number,
  what: string = prices[price].unit,
): Line => ({
  price,
  what,
  quantity,
  dollars: (quantity / prices[price].per) * prices[price].dollars,
});

/** What a million jobs would cost, if they went as the measured ones. */
export function billOf(usage: Usage, traits: Traits): Line[] {
  const { tally, api, worker, stored } = usage;
  const scale = 1_000_000 / usage.jobs;
  const scaled = (price: PriceName, quantity: number, what: string) =>
    line(price, quantity * scale, what);
  const invocations = api.count + worker.count;
  const secretReads = requestCount(tally, 'SECRETS_MANAGER');
  const logGb = logBytesOf(usage) / 1e9;
  const storedGbMonths = stored.byteMonths / 1e9;
  return [
    scaled('apiRequest', usage.apiRequests, 'API Gateway: requests'),
    scaled('lambdaRequest', invocations, 'Lambda: invocations'),
    scaled('lambdaGbSecond', (api.seconds + worker.seconds) * memoryGb, 'Lambda: GB-seconds'),
    scaled(
      traits.fairQueues ? 'sqsFairRequest' : 'sqsRequest',
      tally.sqsUnits,
      'SQS: requests of 64 KiB',
    ),
    scaled('writeUnit', tally.writeUnits, 'DynamoDB: write units'),
    scaled('readUnit', tally.readUnits, 'DynamoDB: read units'),
    scaled('tableStorage', storedGbMonths, 'DynamoDB: storage for a year'),
    ...(traits.backups
      ? [scaled('tableBackup', storedGbMonths, 'DynamoDB: backups for a year')]
      : []),
    scaled('secretRead', secretReads, 'Secrets Manager: reads'),
    ...(traits.ownKey ? [scaled('kmsRequest', secretReads, 'KMS: for those reads')] : []),
    scaled('logIngestion', logGb, 'Logs: taken in'),
    scaled('logStorage', logGb * logMonths, 'Logs: kept for a month'),
  ];
}

/** Log bytes with what Lambda and API Gateway add. */
export const logBytesOf = ({ logBytes, api, worker, apiRequests }: Usage): number =>
  logBytes + (count(api) + count(worker)) * platformLogBytes + apiRequests * accessLogBytes;

const count = ({ count }: Invocations): number => count;

export const totalOf = (lines: readonly Line[]): number =>
  lines.reduce((sum, { dollars }) => sum + dollars, 0);
