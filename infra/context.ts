import { statSync } from 'node:fs';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';
import {
  keyAliasOf,
  prefixOf,
  production,
  secretsPrefixOf,
  stagePattern,
  stageRule,
} from '../shared/stage.ts';
import { type AccessSettings, accessContext, accessOf, accessProblems } from './access.ts';
import { type CompletionSettings, completionContext, completionOf } from './completion-settings.ts';
import {
  type ObservabilitySettings,
  observabilityContext,
  observabilityOf,
} from './observability/settings.ts';
import { sweepSchedule } from './sweep-schedule.ts';

/** CDK context does not make sense. Raised at synth, before anything is built. */
export class ContextFault extends Error {
  override readonly name = 'ContextFault';
}

/** What may be said by `-c name=value`, or under `context` in cdk.json. */
export interface Settings extends ObservabilitySettings, AccessSettings {
  readonly stage: string;
  /** Path of `providers.json`. */
  readonly providersFile: string;
  /** Path of `webhooks.json`; undefined where there are no sources of webhooks. */
  readonly webhooksFile: string | undefined;
  /** Who is told of completions; undefined for nobody. */
  readonly completion: CompletionSettings | undefined;
  /** First part of the names of everything that is created: `rescind-<stage>`. */
  readonly prefix: string;
  /** First segment of every secret's name. */
  readonly secretsPrefix: string;
  /** Alias of the stage's KMS key. */
  readonly keyAlias: string;
  /** How long a sealing key seals before another takes its place. */
  readonly keyRotationDays: number;
  /** When the ledger is swept, as EventBridge has it; undefined for never. */
  readonly sweepSchedule: string | undefined;
  /** Age from which on parked jobs are no longer sent again by themselves. */
  readonly sweepMaxAgeDays: number;
  /** Whether data must outlive a mistake: the stack, its table and its logs are hard to delete. */
  readonly durable: boolean;
  /** How long revocations and their outcomes are kept. */
  readonly retentionDays: number;
  readonly logRetentionDays: RetentionDays;
  /** Requests that API Gateway lets through, over all routes and callers. */
  readonly throttle: { readonly rateLimit: number; readonly burstLimit: number };
  /** Executions of the API function set aside for it, and its limit; undefined sets none aside. */
  readonly apiReservedConcurrency: number | undefined;
}

const count = (unit: string, maximum: number) =>
  z.coerce
    .number(`must be a whole number of ${unit}`)
    .int(`must be a whole number of ${unit}`)
    .min(1, 'must be at least 1')
    .max(maximum, `must be at most ${maximum}`);

const isFile = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isFile() === true;

const days = (maximum: number) => count('days', maximum);

/** CloudWatch Logs knows these numbers only. */
const logRetentions = Object.values(RetentionDays).filter(
  (value) => typeof value === 'number' && value !== RetentionDays.INFINITE,
);

const context = z
  .object({
    stage: z.string().regex(stagePattern, stageRule).default(production),
    providers: z
      .string()
      .default('providers.json')
      .refine(isFile, 'must be the path of your providers.json: no file is there'),
    webhooks: z
      .string()
      .refine(isFile, 'must be the path of your webhooks.json: no file is there')
      .optional(),
    retentionDays: days(3650).default(365),
    logRetentionDays: days(3653)
      .refine(
        (value) => logRetentions.includes(value),
        `must be one of ${logRetentions.join(', ')}`,
      )
      .default(RetentionDays.ONE_MONTH),
    keyRotationDays: days(3650).default(90),
    sweepSchedule: sweepSchedule.default('rate(15 minutes)'),
    sweepMaxAgeDays: days(3650).default(7),
    /**
     * Requests a second. One may carry 500 jobs, so this is far more than the lanes can do; it
     * keeps a runaway caller from using up the account's Lambda concurrency.
     */
    apiRateLimit: count('requests', 10_000).default(100),
    apiBurstLimit: count('requests', 5000).default(200),
    apiReservedConcurrency: count('executions', 10_000).optional(),
    ...accessContext,
    ...completionContext,
    ...observabilityContext,
  })
  .superRefine((given, { addIssue }) => {
    for (const [name, message] of accessProblems(given)) {
      addIssue({ code: 'custom', path: [name], message });
    }
  });

/** CDK's own names have a colon or a slash in them. */
const isOurs = (name: string): boolean => /^\w+$/.test(name);

/**
 * @param read gives the context value of a name, undefined when there is none
 * @param given all names that have a value: a misspelled one must not pass for none
 * @throws ContextFault naming every value that is wrong
 */
export function readSettings(
  read: (name: string) => unknown,
  given: readonly string[] = [],
): Settings {
  const known = Object.keys(context.shape);
  const unknown = given.filter((name) => isOurs(name) && !known.includes(name));
  if (unknown.length > 0) {
    throw new ContextFault(
      `CDK context: there is no setting ${unknown.join(', ')}. There are ${known.join(', ')}.`,
    );
  }
  const values = Object.keys(context.shape).map((name) => [name, read(name)]);
  const parsed = context.safeParse(Object.fromEntries(values));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    throw new ContextFault(
      `CDK context: ${problems.join('; ')}. Give it with -c name=value, or in cdk.json.`,
    );
  }
  const { stage, providers, retentionDays, logRetentionDays, keyRotationDays } = parsed.data;
  const { sweepSchedule: schedule, sweepMaxAgeDays } = parsed.data;
  return {
    ...observabilityOf(stage, parsed.data),
    ...accessOf(parsed.data),
    stage,
    providersFile: providers,
    webhooksFile: parsed.data.webhooks,
    completion: completionOf(parsed.data),
    prefix: prefixOf(stage),
    secretsPrefix: secretsPrefixOf(stage),
    keyAlias: keyAliasOf(stage),
    keyRotationDays,
    sweepSchedule: schedule === 'off' ? undefined : schedule,
    sweepMaxAgeDays,
    throttle: { rateLimit: parsed.data.apiRateLimit, burstLimit: parsed.data.apiBurstLimit },
    apiReservedConcurrency: parsed.data.apiReservedConcurrency,
    durable: stage === production,
    retentionDays,
    logRetentionDays,
  };
}
