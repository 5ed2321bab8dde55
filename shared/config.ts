import { resolve } from 'node:path';
import * as z from 'zod';

/**
 * Everything the functions read from their environment. The CDK app and the embedded stack set
 * these names; nothing else in the functions touches `process.env`.
 */
const environment = z.object({
  /** The DynamoDB table. */
  RESCIND_TABLE: z.string().min(1),
  /** Path of `providers.json`; Lambda says where a function's own files are. */
  RESCIND_PROVIDERS_FILE: z
    .string()
    .min(1)
    .transform((path) => resolve(process.env.LAMBDA_TASK_ROOT ?? '.', path)),
  /** A lane's queue URL is this followed by its provider's id. */
  RESCIND_QUEUE_URL_PREFIX: z.url(),
  /** First segment of every secret's name. */
  RESCIND_SECRETS_PREFIX: z.string().min(1).default('rescind'),
  /** How long revocations and their outcomes are kept. Parked tokens are kept until they end. */
  RESCIND_RETENTION_DAYS: z.coerce.number().int().positive().default(365),
  /** Which stage this is; the metrics are named after it. */
  RESCIND_STAGE: z.string().min(1).default('local'),
});

const workerEnvironment = environment.extend({
  /** The provider whose lane this worker serves. */
  RESCIND_LANE: z.string().min(1),
});

const deadLetterEnvironment = environment.pick({
  RESCIND_TABLE: true,
  RESCIND_RETENTION_DAYS: true,
  RESCIND_STAGE: true,
});

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
    /** Age from which on parked jobs are no longer sent again by themselves. */
    RESCIND_SWEEP_MAX_AGE_DAYS: z.coerce.number().int().positive().default(7),
  });

export type Config = z.infer<typeof environment>;
export type WorkerConfig = z.infer<typeof workerEnvironment>;
export type DeadLetterConfig = z.infer<typeof deadLetterEnvironment>;
export type SealingKeysConfig = z.infer<typeof sealingKeysEnvironment>;
export type SweepConfig = z.infer<typeof sweepEnvironment>;

function read<T>(schema: z.ZodType<T>, env: NodeJS.ProcessEnv): T {
  const parsed = schema.safeParse(env);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`environment: ${problems.join('; ')}`);
}

/** @throws Error naming every variable that is missing or wrong */
export const readConfig = (env = process.env): Config => read(environment, env);
export const readWorkerConfig = (env = process.env): WorkerConfig => read(workerEnvironment, env);
export const readDeadLetterConfig = (env = process.env): DeadLetterConfig =>
  read(deadLetterEnvironment, env);
export const readSealingKeysConfig = (env = process.env): SealingKeysConfig =>
  read(sealingKeysEnvironment, env);
export const readSweepConfig = (env = process.env): SweepConfig => read(sweepEnvironment, env);
