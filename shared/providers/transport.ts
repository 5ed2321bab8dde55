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
    try {
      const response = await fetch(url, {
        method,
        headers: { 'user-agent': `rescind/${version}`, ...headers },
        redirect: 'manual',
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body }),
      });
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        body: await readCapped(response),
      };
    } catch (error) {
      throw new TransportFault(faultCode(error));
    }
  };
}

async function readCapped(response: Response): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body) {
    bytes += chunk.byteLength;
    text += decoder.decode(chunk, { stream: true });
    // Leaving the loop cancels the stream, and with it the connection.
    if (bytes >= maximumBodyBytes) break;
  }
  return text.slice(0, maximumBodyBytes);
}

/** `timeout`, a system code such as ECONNREFUSED, undici's UND_ERR_…, or `network`. */
function faultCode(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'timeout';
  const cause = error instanceof Error ? error.cause : undefined;
  for (const candidate of [cause, error]) {
    if (candidate instanceof Error && 'code' in candidate && typeof candidate.code === 'string') {
      return candidate.code;
    }
  }
  return 'network';
}
