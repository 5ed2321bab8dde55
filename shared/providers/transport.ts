import { version } from '../version.ts';
import type { HttpAnswer, HttpRequest, Send } from './adapter.ts';
import { TransportFault } from './faults.ts';

/** More than any documented revocation answer needs; the rest of a longer body is not read. */
const maximumBodyBytes = 64 * 1024;

/**
 * A `Send` on the global fetch. Redirects are answers, never followed: a redirect would carry the
 * token and the client's credentials to a host that nobody configured.
 *
 * @param timeoutMs for one call, from connecting to the last byte of the answer
 */
export function createTransport(timeoutMs: number): Send {
  return async ({ method, url, headers, body }: HttpRequest): Promise<HttpAnswer> => {
    const deadline = startDeadline(timeoutMs);
    try {
      const response = await fetch(url, {
        method,
        headers: { 'user-agent': `rescind/${version}`, ...headers },
        redirect: 'manual',
        signal: deadline.signal,
        ...(body === undefined ? {} : { body }),
      });
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: await readCapped(response, deadline.passed),
      };
    } catch (error) {
      throw new TransportFault(deadline.signal.aborted ? 'timeout' : faultCode(error));
    } finally {
      deadline.clear();
    }
  };
}

/**
 * A time limit for the whole call. `passed` is raced against each read of the body as well, so that
 * a body that stalls cannot outlast it, whatever fetch still makes of its signal by then.
 */
function startDeadline(timeoutMs: number) {
  const controller = new AbortController();
  const { promise: passed, reject } = Promise.withResolvers<never>();
  passed.catch(() => undefined);
  const timer = setTimeout(() => {
    controller.abort();
    reject(new Error('timeout'));
  }, timeoutMs);
  return { signal: controller.signal, passed, clear: () => clearTimeout(timer) };
}

async function readCapped({ body }: Response, passed: Promise<never>): Promise<string> {
  if (body === null) return '';
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  try {
    while (bytes < maximumBodyBytes) {
      const { done, value } = await Promise.race([reader.read(), passed]);
      if (done) return text.slice(0, maximumBodyBytes);
      bytes += value.byteLength;
      text += decoder.decode(value, { stream: true });
    }
    return text.slice(0, maximumBodyBytes);
  } finally {
    // Of a body that was not read to its end, the connection is given up too.
    void reader.cancel().catch(() => undefined);
  }
}

/** A system code such as ECONNREFUSED, undici's UND_ERR_…, or `network`. */
function faultCode(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  for (const candidate of [cause, error]) {
    if (candidate instanceof Error && 'code' in candidate && typeof candidate.code === 'string') {
      return candidate.code;
    }
  }
  return 'network';
}
