import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { version } from '../version.ts';
import type { HttpAnswer, HttpRequest, Send } from './adapter.ts';
import { TransportFault } from './faults.ts';

/** More than any documented revocation answer needs; the rest of a longer body is not read. */
const maximumBodyBytes = 64 * 1024;

/**
 * A `Send` on Node's own HTTP client, whose call costs a third of fetch's CPU (bench/transport.ts).
 * Redirects are answers, never followed: a redirect would carry the token and the client's
 * credentials to a host that nobody configured.
 *
 * @param timeoutMs for one call, from connecting to the last byte of the answer, its repetition included
 */
export function createTransport(timeoutMs: number): Send {
  const agents = {
    http: new HttpAgent({ keepAlive: true }),
    https: new HttpsAgent({ keepAlive: true }),
  };

  const exchange = (request: HttpRequest, leftMs: number): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      const { method, url, headers, body = '' } = request;
      const secure = url.startsWith('https:');
      const call = (secure ? requestHttps : requestHttp)(url, {
        method,
        agent: secure ? agents.https : agents.http,
        headers: {
          'user-agent': `rescind/${version}`,
          ...headers,
          // Node would leave a DELETE's body unframed, and an empty POST's length unsaid.
          ...(method === 'GET' ? {} : { 'content-length': Buffer.byteLength(body) }),
        },
      });
      const timer = setTimeout(() => call.destroy(new TransportFault('timeout')), leftMs);
      let answered = false;
      const fail = (error: unknown) => {
        clearTimeout(timer);
        reject(new LostCall(faultOf(error), call.reusedSocket && !answered));
      };
      call.on('error', fail);
      // Whatever else may end a call, such as a 101 that nobody asked for: it is never left hanging.
      call.on('close', () => {
        if (!answered) fail(new TransportFault('closed'));
      });
      call.on('response', (response) => {
        answered = true;
        readCapped(response).then((read) => {
          clearTimeout(timer);
          resolve({
            status: response.statusCode ?? 0,
            headers: headersOf(response),
            ...read,
          });
        }, fail);
      });
      call.end(body);
    });

  return async (request, repeating = async () => undefined) => {
    const began = performance.now();
    try {
      return await exchange(request, timeoutMs);
    } catch (error) {
      if (!(error instanceof LostCall)) throw faultOf(error);
      // A kept connection that the server had closed meanwhile, as after Lambda's freeze, says
      // nothing about the provider. Revocation may be repeated, so it is, on a fresh connection.
      if (!error.stale) throw error.fault;
      const leftMs = timeoutMs - (performance.now() - began);
      await repeating();
      try {
        return await exchange(request, leftMs);
      } catch (again) {
        throw again instanceof LostCall ? again.fault : faultOf(again);
      }
    }
  };
}

/** A call that got no whole answer. */
class LostCall extends Error {
  readonly fault: TransportFault;
  readonly stale: boolean;

  /** @param unanswered whether a kept connection was lost before any of the answer came */
  constructor(fault: TransportFault, unanswered: boolean) {
    super(fault.message);
    this.fault = fault;
    this.stale = unanswered && (fault.code === 'ECONNRESET' || fault.code === 'EPIPE');
  }
}

/** The body as text, and whether that is all of it and in the clear. */
async function readCapped(
  response: IncomingMessage,
): Promise<Pick<HttpAnswer, 'body' | 'unreadable'>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    const buffer = Buffer.from(chunk);
    chunks.push(buffer);
    bytes += buffer.length;
    // Leaving the loop gives the connection up, and with it the rest of the body.
    if (bytes > maximumBodyBytes) break;
  }
  const encoding = response.headers['content-encoding'] ?? 'identity';
  const unreadable = bytes > maximumBodyBytes || (bytes > 0 && encoding !== 'identity');
  const body = Buffer.concat(chunks).subarray(0, maximumBodyBytes).toString('utf8');
  return unreadable ? { body, unreadable } : { body };
}

/** A header that came more than once is joined, as fetch does. */
const headersOf = ({ headers }: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  );

/** `timeout`, a system code such as ECONNREFUSED, or `network`. Never the message: it may quote. */
function faultOf(error: unknown): TransportFault {
  if (error instanceof TransportFault) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return new TransportFault(typeof code === 'string' ? code : 'network');
}
