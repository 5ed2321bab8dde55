import type * as z from 'zod';
import type { Job, TokenType } from '../domain/job.ts';
import type { Liveness, Verdict } from '../domain/verdict.ts';
import { ConfigurationFault, describeIssues, SecretFault } from './faults.ts';

/** A request as an adapter builds it: plain data, so that a test can compare every byte. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** May hold the token (Nylas), so it is a secret: never log it. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer as the transport hands it to a judge. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** At most 64 KiB of text; longer bodies are cut. */
  readonly body: string;
  /** Set where the body was cut or is encoded, so that it may say what nobody has read. */
  readonly unreadable?: boolean;
}

/**
 * Sends one request; resolves to an answer of whatever status. Throws `TransportFault` without one.
 *
 * @param repeating called before the request is sent a second time, since that is one call more
 */
export type Send = (request: HttpRequest, repeating?: () => Promise<void>) => Promise<HttpAnswer>;

/** How much dies with a token of a given type. */
export const reaches = ['token', 'pair', 'grant', 'user', 'undocumented'] as const;
export type Reach = (typeof reaches)[number];

/** Whether `token_type_hint` is sent. */
export const hintPolicies = ['never', 'optional', 'required'] as const;

/** How a token is looked up. None of them ever uses a refresh token: that would issue new ones. */
export const verifications = [
  /** RFC 7662, or the provider's own like it. */
  'introspection',
  /** Reads the token without using it. */
  'token_info',
  /** Uses an access token for a call that changes nothing. */
  'probe',
  'none',
] as const;

/** What a kind of provider can do, for `GET /v1/providers`, dry runs and the docs. */
export interface Capabilities {
  /** Types it revokes, each with how far one revocation reaches. */
  readonly tokenTypes: Partial<Readonly<Record<TokenType, Reach>>>;
  /** Whether we send `token_type_hint`: `never` where a wrong one silently does nothing. */
  readonly tokenTypeHint: (typeof hintPolicies)[number];
  /** How a doubtful answer is checked, and every one where `verify` is set. */
  readonly verification: (typeof verifications)[number];
  /** Whether the provider documents an answer that means "this token was dead already". */
  readonly reportsAlreadyInvalid: boolean;
}

/** What every job of a lane has in common, from `providers.json`. */
export interface Connection<Options> {
  readonly id: string;
  /** Without a trailing slash. */
  readonly baseUrl: string | undefined;
  readonly options: Options;
}

/**
 * An adapter with its configuration and credentials: builds requests, judges answers. Both are
 * pure, which is what makes every row of a provider's documented behaviour a test case.
 */
export interface ProviderClient {
  /** @param callId the same whenever a call is repeated whose answer got lost */
  readonly revocation: (job: Job, callId: string) => HttpRequest | Promise<HttpRequest>;
  readonly judge: (answer: HttpAnswer, job: Job) => Verdict;
  readonly verification?: {
    /** Undefined where this job's token cannot be checked. */
    readonly request: (job: Job) => HttpRequest | undefined | Promise<HttpRequest | undefined>;
    readonly judge: (answer: HttpAnswer, job: Job) => Liveness;
  };
}

/** What an adapter's author writes; see docs/providers.md. */
export interface AdapterSpecification<Options, Secret> {
  /** The `kind` in `providers.json`, and the name of the adapter's folder. */
  readonly kind: string;
  /** The provider's name as people write it. */
  readonly title: string;
  /** Set where the provider has a single host. */
  readonly defaultBaseUrl?: string;
  /** Whether `baseUrl` must be configured. */
  readonly requiresBaseUrl: boolean;
  readonly capabilities: Capabilities;
  readonly options: z.ZodType<Options>;
  readonly secret: z.ZodType<Secret>;
  /** Says what the options lack in view of the rest of the entry; undefined when nothing. */
  readonly checkConnection?: (connection: Connection<Options>) => string | undefined;
  /** Says why a job can never be sent, at intake; undefined when it can. */
  readonly checkJob?: (job: Job, connection: Connection<Options>) => string | undefined;
  /** Readies the client. May call the provider (discovery); the worker keeps the result. */
  readonly connect: (
    connection: Connection<Options>,
    secret: Secret,
    send: Send,
  ) => ProviderClient | Promise<ProviderClient>;
}

/** An adapter bound to one entry of `providers.json`. */
export interface ConfiguredAdapter {
  readonly capabilities: Capabilities;
  readonly baseUrl: string | undefined;
  readonly checkJob: (job: Job) => string | undefined;
  /**
   * @param secret the secret's JSON text as Secrets Manager holds it
   * @throws SecretFault when the text is not JSON or lacks a field (never quoting it)
   */
  readonly connect: (secret: string, send: Send) => Promise<ProviderClient>;
}

/** An adapter as the rest of the system sees it: its own types are closed inside. */
export interface Adapter {
  readonly kind: string;
  readonly title: string;
  readonly requiresBaseUrl: boolean;
  readonly capabilities: Capabilities;
  readonly options: z.ZodType;
  readonly secret: z.ZodType;
  /** @throws ConfigurationFault when options do not fit or a needed `baseUrl` is missing */
  readonly configure: (entry: {
    id: string;
    baseUrl?: string | undefined;
    options?: unknown;
  }) => ConfiguredAdapter;
}

/** Makes an adapter of its specification. Each `shared/providers/<kind>/adapter.ts` exports one. */
export function defineAdapter<Options, Secret>(
  spec: AdapterSpecification<Options, Secret>,
): Adapter {
  return {
    kind: spec.kind,
    title: spec.title,
    requiresBaseUrl: spec.requiresBaseUrl,
    capabilities: spec.capabilities,
    options: spec.options,
    secret: spec.secret,
    configure: ({ id, baseUrl = spec.defaultBaseUrl, options = {} }) => {
      if (spec.requiresBaseUrl && baseUrl === undefined) {
        throw new ConfigurationFault(`provider ${id}: kind ${spec.kind} needs a baseUrl`);
      }
      const parsed = spec.options.safeParse(options);
      if (!parsed.success) {
        throw new ConfigurationFault(`provider ${id}: ${describeIssues(parsed.error, 'options')}`);
      }
      const connection: Connection<Options> = {
        id,
        baseUrl: baseUrl?.replace(/\/+$/, ''),
        options: parsed.data,
      };
      const lack = spec.checkConnection?.(connection);
      if (lack !== undefined) throw new ConfigurationFault(`provider ${id}: ${lack}`);
      return {
        capabilities: spec.capabilities,
        baseUrl: connection.baseUrl,
        checkJob: (job) => spec.checkJob?.(job, connection),
        connect: async (secret, send) =>
          spec.connect(connection, parseSecret(spec.secret, id, secret), send),
      };
    },
  };
}

function parseSecret<Secret>(schema: z.ZodType<Secret>, id: string, text: string): Secret {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new SecretFault(`the secret of provider ${id} is not JSON`);
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) {
    throw new SecretFault(`the secret of provider ${id}: ${describeIssues(parsed.error, '')}`);
  }
  return parsed.data;
}
