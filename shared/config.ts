import { resolve } from 'node:path';
import * as z from 'zod';
import { scopes } from './http/scope.ts';

const filePath = z
  .string()
  .min(1)
  .transform((path) => resolve(process.env.LAMBDA_TASK_ROOT ?? '.', path));

/**
 * Everything the functions read from their environment. The CDK app and the embedded stack set
 * these names; nothing else in the functions touches `process.env`.
 */
const environment = z.object({
  /** The DynamoDB table. */
  RESCIND_TABLE: z.string().min(1),
  /** Path of `providers.json`; Lambda says where a function's own files are. */
  RESCIND_PROVIDERS_FILE: filePath,
  /** A lane's queue URL is this followed by its provider's id. */
  RESCIND_QUEUE_URL_PREFIX: z.url(),
  /** First segment of every secret's name. */
  RESCIND_SECRETS_PREFIX: z.string().min(1).default('rescind'),
  /** How long revocations and their outcomes are kept. Parked tokens are kept until they end. */
  RESCIND_RETENTION_DAYS: z.coerce.number().int().positive().default(365),
  /** Which stage this is; the metrics are named after it. */
  RESCIND_STAGE: z.string().min(1).default('local'),
});

/** Who is told of completions, and whose. */
const announcing = {
  /** Queue of the completions; without it nobody is told of them. */
  RESCIND_COMPLETIONS_QUEUE_URL: z.url().optional(),
  /** `awaited`, which it is unless told: only of those that somebody waits for. */
  RESCIND_COMPLETIONS: z.enum(['all', 'awaited']).optional(),
} as const;

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');

const json = z.string().transform((text, { issues }) => {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    issues.push({ code: 'custom', input: text, message: 'must be JSON' });
    return z.NEVER;
  }
});

/** Who may call, and see what. */
const access = {
  /** JSON: what JWTs call each scope, see shared/http/scope.ts. By default no JWT has one. */
  RESCIND_JWT_SCOPES: json
    .pipe(z.record(z.enum(scopes), z.array(z.string())))
    .default({ submit: [], read: [], operate: [] }),
  /** Whether callers see only what they have asked for themselves. */
  RESCIND_OWNERSHIP: flag,
  /** Callers that see everybody's all the same, as `ownerOf` names them; commas between. */
  RESCIND_OPERATORS: z
    .string()
    .default('')
    .transform((text) => text.split(',').filter((owner) => owner !== '')),
} as const;

const apiEnvironment = environment.extend({
  ...announcing,
  ...access,
  /** Whether state machines may wait for completions. */
  RESCIND_COMPLETION_TASKS: flag,
});

const reportEnvironment = environment
  .pick({ RESCIND_TABLE: true, RESCIND_RETENTION_DAYS: true, RESCIND_SECRETS_PREFIX: true })
  .extend(access);

const webhookEnvironment = environment.extend({
  /** Path of `webhooks.json`. */
  RESCIND_WEBHOOKS_FILE: filePath,
});

const workerEnvironment = environment.extend({
  ...announcing,
  /** The provider whose lane this worker serves. */
  RESCIND_LANE: z.string().min(1),
});

const deadLetterEnvironment = environment
  .pick({
    RESCIND_TABLE: true,
    RESCIND_RETENTION_DAYS: true,
    RESCIND_STAGE: true,
  })
  .extend(announcing);

const completionEnvironment = environment
  .pick({
    RESCIND_TABLE: true,
    RESCIND_RETENTION_DAYS: true,
    RESCIND_SECRETS_PREFIX: true,
  })
  .extend({
    RESCIND_COMPLETIONS_QUEUE_URL: z.url(),
    RESCIND_COMPLETION_TASKS: flag,
    /** Name or ARN of an EventBridge bus. */
    RESCIND_COMPLETION_EVENT_BUS: z.string().min(1).optional(),
    /** Endpoint that gets a signed webhook of each. */
    RESCIND_COMPLETION_WEBHOOK: z.url({ protocol: /^https?$/ }).optional(),
    /** Whether that endpoint is on this machine; it must be on the internet otherwise. */
    RESCIND_COMPLETION_LOOPBACK: flag,
  })
  .refine(
    ({ RESCIND_COMPLETION_WEBHOOK: url, RESCIND_COMPLETION_LOOPBACK: loopback }) =>
      url === undefined || url.startsWith('https:') || loopback,
    { path: ['RESCIND_COMPLETION_WEBHOOK'], error: 'must be https' },
  );

const sealingKeysEnvironment = environment
  .pick({ RESCIND_TABLE: true, RESCIND_SECRETS_PREFIX: true })
  .extend({
    /** How long a sealing key seals before another takes its place. */
    RESCIND_KEY_ROTATION_DAYS: z.coerce.number().int().positive(),
  });

const sweepEnvironment = environment
  .pick({
    RESCIND_TABLE: true,
    RESCIND_PROVIDERS_FILE: true,
    RESCIND_QUEUE_URL_PREFIX: true,
    RESCIND_RETENTION_DAYS: true,
    RESCIND_STAGE: true,
  })
  .extend({
    ...announcing,
    /** Age from which on parked jobs are no longer sent again by themselves. */
    RESCIND_SWEEP_MAX_AGE_DAYS: z.coerce.number().int().positive().default(7),
  });

export type Config = z.infer<typeof environment>;
export type ApiConfig = z.infer<typeof apiEnvironment>;
export type AccessConfig = Pick<ApiConfig, keyof typeof access>;
export type ReportConfig = z.infer<typeof reportEnvironment>;
export type WebhookConfig = z.infer<typeof webhookEnvironment>;
export type WorkerConfig = z.infer<typeof workerEnvironment>;
export type DeadLetterConfig = z.infer<typeof deadLetterEnvironment>;
export type SealingKeysConfig = z.infer<typeof sealingKeysEnvironment>;
export type AnnounceConfig = Pick<ApiConfig, keyof typeof announcing>;
export type CompletionConfig = z.infer<typeof completionEnvironment>;
export type SweepConfig = z.infer<typeof sweepEnvironment>;

function read<T>(schema: z.ZodType<T>, env: NodeJS.ProcessEnv): T {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`environment: ${problems.join('; ')}`);
}

/** @throws Error naming every variable that is missing or wrong */
export const readConfig = (env = process.env): Config => read(environment, env);
export const readApiConfig = (env = process.env): ApiConfig => read(apiEnvironment, env);
export const readReportConfig = (env = process.env): ReportConfig => read(reportEnvironment, env);
export const readWebhookConfig = (env = process.env): WebhookConfig =>
  read(webhookEnvironment, env);
export const readWorkerConfig = (env = process.env): WorkerConfig => read(workerEnvironment, env);
export const readDeadLetterConfig = (env = process.env): DeadLetterConfig =>
  read(deadLetterEnvironment, env);
export const readSealingKeysConfig = (env = process.env): SealingKeysConfig =>
  read(sealingKeysEnvironment, env);
export const readCompletionConfig = (env = process.env): CompletionConfig =>
  read(completionEnvironment, env);
export const readSweepConfig = (env = process.env): SweepConfig => read(sweepEnvironment, env);
