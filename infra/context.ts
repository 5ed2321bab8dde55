import { existsSync } from 'node:fs';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import * as z from 'zod';

/** CDK context does not make sense. Raised at synth, before anything is built. */
export class ContextFault extends Error {
  override readonly name = 'ContextFault';
}

/** What may be said by `-c name=value`, or under `context` in cdk.json. */
export interface Settings {
  /** Path of `providers.json`. */
  readonly providersFile: string;
  /** First part of the names of everything that is created: `rescind-<stage>`. */
  readonly prefix: string;
  /** First segment of every secret's name. */
  readonly secretsPrefix: string;
  /** Whether data must outlive a mistake: the stack, its table and its logs are hard to delete. */
  readonly durable: boolean;
  /** How long revocations and their outcomes are kept. */
  readonly retentionDays: number;
  readonly logRetentionDays: RetentionDays;
  /** Who may call the API; undefined leaves that to IAM. */
  readonly jwt: JwtSettings | undefined;
}

export interface JwtSettings {
  readonly issuer: string;
  readonly audience: string[];
  /** A token needs one of these; with none, any token of the audience will do. */
  readonly scopes: string[];
}

const production = 'production';

const list = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter((word) => word !== ''))
  .refine((words) => words.length > 0, 'must name at least one');

const days = (maximum: number) =>
  z.coerce
    .number('must be a whole number of days')
    .int('must be a whole number of days')
    .min(1, 'must be at least 1')
    .max(maximum, `must be at most ${maximum}`);

/** CloudWatch Logs knows these numbers only. */
const logRetentions = Object.values(RetentionDays).filter(
  (value) => typeof value === 'number' && value !== RetentionDays.INFINITE,
);

const context = z
  .object({
    /** No dashes: in `rescind-a-lane-b` it must be plain where the stage ends. */
    stage: z
      .string()
      .regex(
        /^[a-z][a-z0-9]{0,15}$/,
        'must be 1-16 lower-case letters or digits, starting with a letter',
      )
      .default(production),
    providers: z
      .string()
      .default('providers.json')
      .refine(
        (path) => existsSync(path),
        'must be the path of your providers.json: no file is there',
      ),
    retentionDays: days(3650).default(365),
    logRetentionDays: days(3653)
      .refine(
        (value) => logRetentions.includes(value),
        `must be one of ${logRetentions.join(', ')}`,
      )
      .default(RetentionDays.ONE_MONTH),
    jwtIssuer: z
      .url({ protocol: /^https$/, error: 'must be the https URL that tokens name as their issuer' })
      .optional(),
    jwtAudience: list.optional(),
    jwtScopes: list.optional(),
  })
  .superRefine(({ jwtIssuer, jwtAudience, jwtScopes }, { addIssue }) => {
    const need = (path: string, message: string) =>
      addIssue({ code: 'custom', path: [path], message });
    if (jwtIssuer !== undefined && jwtAudience === undefined) {
      need('jwtAudience', 'is needed with jwtIssuer, or every token of that issuer would do');
    }
    if (jwtIssuer === undefined && (jwtAudience !== undefined || jwtScopes !== undefined)) {
      need('jwtIssuer', 'is needed with jwtAudience and jwtScopes');
    }
  });

/**
 * @param read gives the context value of a name, undefined when there is none
 * @throws ContextFault naming every value that is wrong
 */
export function readSettings(read: (name: string) => unknown): Settings {
  const values = Object.keys(context.shape).map((name) => [name, read(name)]);
  const parsed = context.safeParse(Object.fromEntries(values));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    throw new ContextFault(
      `CDK context: ${problems.join('; ')}. Give it with -c name=value, or in cdk.json.`,
    );
  }
  const { stage, providers, retentionDays, logRetentionDays } = parsed.data;
  const { jwtIssuer, jwtAudience, jwtScopes = [] } = parsed.data;
  return {
    providersFile: providers,
    prefix: `rescind-${stage}`,
    secretsPrefix: stage === production ? 'rescind' : `rescind-${stage}`,
    durable: stage === production,
    retentionDays,
    logRetentionDays,
    jwt:
      jwtIssuer === undefined || jwtAudience === undefined
        ? undefined
        : { issuer: jwtIssuer, audience: jwtAudience, scopes: jwtScopes },
  };
}
