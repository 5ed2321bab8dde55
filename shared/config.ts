import * as z from 'zod';

/**
 * Everything the functions read from their environment. The CDK app and the embedded stack set
 * these names; nothing else in the functions touches `process.env`.
 */
const environment = z.object({
  /** The DynamoDB table. */
  RESCIND_TABLE: z.string().min(1),
  /** Path of `providers.json`. */
  RESCIND_PROVIDERS_FILE: z.string().min(1),
  /** A lane's queue URL is this followed by its provider's id. */
  RESCIND_QUEUE_URL_PREFIX: z.url(),
  /** First segment of every secret's name. */
  RESCIND_SECRETS_PREFIX: z.string().min(1).default('rescind'),
  /** How long revocations and their outcomes are kept. Parked tokens are kept until they end. */
  RESCIND_RETENTION_DAYS: z.coerce.number().int().positive().default(365),
});

const workerEnvironment = environment.extend({
  /** The provider whose lane this worker serves. */
  RESCIND_LANE: z.string().min(1),
});

const deadLetterEnvironment = environment.pick({
  RESCIND_TABLE: true,
  RESCIND_RETENTION_DAYS: true,
});

export type Config = z.infer<typeof environment>;
export type WorkerConfig = z.infer<typeof workerEnvironment>;
export type DeadLetterConfig = z.infer<typeof deadLetterEnvironment>;

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
