import * as z from 'zod';
import type { Verdict } from '../../shared/domain/verdict.ts';
import { defineAdapter, type HttpAnswer, type Send } from '../../shared/providers/adapter.ts';
import type { Provider } from '../../shared/providers/catalog.ts';
import { providerEntry } from '../../shared/providers/configuration.ts';
import { TransportFault } from '../../shared/providers/faults.ts';
import { retryAfterSeconds } from '../../shared/providers/retry-after.ts';

/** What the provider says to a revocation, or what happens instead. */
export type Said =
  | 'revoked'
  | 'dead'
  | 'unsupported'
  | 'refused'
  /** Refused in a way that a dead token may be, too. */
  | 'refused or dead'
  | 'ambiguous'
  | 'throttled'
  | 'unavailable'
  | 'bad credentials'
  | 'bad endpoint'
  /** No answer comes. */
  | 'lost'
  /** The adapter has a bug. */
  | 'bug';

/** One call as it reached the provider. */
export interface Call {
  readonly kind: 'revoke' | 'look up';
  readonly token: string;
  readonly key: string;
  /** What the adapter may use as an idempotency key; of a revocation alone. */
  readonly id?: string;
}

/** Says something to each call; an undefined `lookUp` means that there is none. */
export interface Script {
  revoke: (call: Call) => Said | HttpAnswer | Promise<Said | HttpAnswer>;
  lookUp: ((call: Call) => 'dead' | 'alive' | Said | HttpAnswer) | undefined;
}

const verdicts: Record<Exclude<Said, 'lost' | 'bug'>, Verdict> = {
  revoked: { kind: 'revoked' },
  dead: { kind: 'already_invalid' },
  unsupported: { kind: 'unsupported', detail: 'unsupported' },
  refused: { kind: 'refused', detail: 'refused' },
  'refused or dead': { kind: 'refused', detail: 'refused or dead', mayBeDead: true },
  ambiguous: { kind: 'ambiguous', detail: 'ambiguous' },
  throttled: { kind: 'throttled', detail: 'throttled' },
  unavailable: { kind: 'unavailable', detail: 'unavailable' },
  'bad credentials': { kind: 'misconfigured', detail: 'bad credentials', credentials: true },
  'bad endpoint': { kind: 'misconfigured', detail: 'bad endpoint', credentials: false },
};

const isVerdict = (said: string): said is keyof typeof verdicts => said in verdicts;

/** Judges by what the body says; the status and headers are for show. */
function judge({ body, headers, status }: HttpAnswer): Verdict {
  if (body === 'bug') throw new TypeError(`the adapter fell over ${body}`);
  const verdict = isVerdict(body) ? verdicts[body] : { kind: 'refused' as const, detail: body };
  const asked = retryAfterSeconds({ body, headers, status });
  return verdict.kind === 'throttled' || verdict.kind === 'unavailable'
    ? { ...verdict, retryAfterSeconds: asked }
    : verdict;
}

const requestOf = (call: Call) => ({
  method: 'POST' as const,
  url: 'https://provider.test/',
  headers: {},
  body: JSON.stringify(call),
});

const adapterOf = (script: Script) =>
  defineAdapter({
    kind: 'test',
    title: 'Test',
    requiresBaseUrl: false,
    capabilities: {
      tokenTypes: { access_token: 'token' },
      tokenTypeHint: 'never',
      verification: 'introspection',
      reportsAlreadyInvalid: true,
    },
    options: z.strictObject({}),
    secret: z.object({ key: z.string().min(1) }),
    connect: (_, { key }) => ({
      revocation: ({ token }, id) => requestOf({ kind: 'revoke', token, key, id }),
      judge,
      verification: {
        request: ({ token }) =>
          script.lookUp === undefined ? undefined : requestOf({ kind: 'look up', token, key }),
        judge: (answer) => {
          if (answer.body === 'lives') return { kind: 'alive' };
          return answer.body === 'is dead'
            ? { kind: 'dead' }
            : { kind: 'unknown', verdict: judge(answer) };
        },
      },
    }),
  });

/** A provider that says what a test wants, and what reached it. */
export interface TestProvider {
  readonly provider: Provider;
  readonly send: Send;
  readonly script: Script;
  readonly calls: Call[];
  /** Tokens of revocation calls, in order. */
  readonly tokens: () => string[];
}

export function createProvider(
  revoke: Script['revoke'] = () => 'revoked',
  { lookUp, ...entry }: { lookUp?: Script['lookUp'] } & Readonly<Record<string, unknown>> = {},
): TestProvider {
  const script: Script = { revoke, lookUp };
  const calls: Call[] = [];
  return {
    provider: {
      entry: providerEntry.parse({ id: 'test', kind: 'test', ...entry }),
      adapter: adapterOf(script).configure({ id: 'test' }),
    },
    script,
    calls,
    tokens: () => calls.filter(({ kind }) => kind === 'revoke').map(({ token }) => token),
    send: async ({ body = '' }) => {
      const call: Call = JSON.parse(body);
      calls.push(call);
      const said = call.kind === 'revoke' ? await script.revoke(call) : script.lookUp?.(call);
      if (said === 'lost') throw new TransportFault('ECONNRESET');
      if (typeof said === 'object') return said;
      const words: Partial<Record<string, string>> =
        call.kind === 'look up' ? { dead: 'is dead', alive: 'lives' } : {};
      return { status: 299, headers: {}, body: words[said ?? ''] ?? said ?? '' };
    },
  };
}
