import { setTimeout as sleep } from 'node:timers/promises';
import type * as z from 'zod';
import { CliFault, Interrupted } from '../faults.ts';
import type { Authorize } from './authorize.ts';
import type { Notice } from './notice.ts';
import { faultOf } from './problem.ts';
import { passes, retryAfterOf, type Setback, waitBefore } from './retry.ts';

/** One call. Only such calls are made as may be repeated: a POST comes with its Idempotency-Key. */
export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** JSON text, or something to make it of. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The API, each answer held to the contract. */
export interface Api {
  /** @throws ApiFault for an answer that is none of 2xx; CliFault when there is none to be had */
  readonly call: <T>(path: string, schema: z.ZodType<T>, call?: Call) => Promise<T>;
  /** As `call`, for answers without a body. */
  readonly send: (path: string, call: Call) => Promise<void>;
}

export interface ApiSettings {
  readonly url: string;
  readonly authorize: Authorize;
  readonly signal: AbortSignal;
  /** Seconds for which a call is repeated until it is given up. */
  readonly patience: number;
  readonly notice?: Notice;
}

/** The API answers within 29 s or API Gateway does; more is a connection that hangs. */
const timeoutMs = 60_000;

export function createApi(settings: ApiSettings): Api {
  const call = async (path: string, request: Call = {}): Promise<string> => {
    const deadline = Date.now() + settings.patience * 1000;
    for (let tries = 1; ; tries += 1) {
      const result = await attempt(path, request, settings);
      if (result.kind === 'answer') return result.body;
      const seconds = waitBefore(tries, result.setback, Math.random());
      const left = (deadline - Date.now()) / 1000;
      if (seconds > left) throw result.fault;
      settings.notice?.onSetback(result.setback, seconds, left);
      await sleep(seconds * 1000, undefined, { signal: settings.signal }).catch(interrupted);
    }
  };
  return {
    call: async (path, schema, request) => held(schema, await call(path, request)),
    send: async (path, request) => {
      await call(path, request);
    },
  };
}

type Attempt =
  | { readonly kind: 'answer'; readonly body: string }
  | { readonly kind: 'setback'; readonly setback: Setback; readonly fault: CliFault };

async function attempt(path: string, call: Call, settings: ApiSettings): Promise<Attempt> {
  const { url, authorize, signal } = settings;
  const request = await authorize(`${url}${path}`, {
    method: call.method ?? 'GET',
    headers: {
      accept: 'application/json',
      ...(call.body !== undefined && { 'content-type': 'application/json' }),
      ...call.headers,
    },
    ...(call.body !== undefined && {
      body: typeof call.body === 'string' ? call.body : JSON.stringify(call.body),
    }),
  });
  try {
    // A redirect would carry tokens to wherever it points.
    const limits = { redirect: 'manual', signal: timed(signal) } as const;
    const answer = await fetch(request, limits);
    const body = await answer.text();
    if (!passes(answer.status)) settings.notice?.onAnswer();
    if (answer.ok) return { kind: 'answer', body };
    const fault = faultOf(answer.status, body);
    if (!passes(answer.status)) throw fault;
    const retryAfter = retryAfterOf(answer.headers);
    const what = `the API answers HTTP ${answer.status}`;
    return { kind: 'setback', setback: { what, retryAfter }, fault };
  } catch (error) {
    if (signal.aborted) throw new Interrupted();
    if (error instanceof CliFault) throw error;
    const what = `${url} cannot be reached: ${whatBroke(error)}`;
    const fault = new CliFault(`${what}. Is it running, and the URL right?`);
    return { kind: 'setback', setback: { what }, fault };
  }
}

const timed = (signal: AbortSignal) => AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);

/** The code of what `fetch` has failed by, which names no address and no body. */
function whatBroke(error: unknown): string {
  if (!(error instanceof Error)) return 'no connection';
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs / 1000} s`;
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : 'no connection';
}

function interrupted(): never {
  throw new Interrupted();
}

/** Parses an answer; what does not fit is not shown. */
function held<T>(schema: z.ZodType<T>, body: string): T {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    throw new CliFault('What answers at this URL is not the API: no JSON. Check --url.');
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path }) => path.map(String).join('.') || '(all)');
  throw new CliFault(
    `The API answered what this version of rescind does not understand: ${[...new Set(fields)].slice(0, 5).join(', ')}. Update whichever is older.`,
  );
}
