import { type IncomingMessage, request as requestHttp } from 'node:http';
import { type RelayedRequest, type Reply, travelling } from './messages.ts';

/**
 * As much of an answer as is brought back: far more than the adapters read of one (64 KiB), so they
 * find a longer one as unusable as ever, and little enough for a DynamoDB item (400 KB in base64).
 */
const maximumBodyBytes = 256 * 1024;

/** Makes the request at `origin` and tells what came of it. Redirects are answers. */
export function forward(
  origin: string,
  { method, target, headers, body }: RelayedRequest,
  signal: AbortSignal,
): Promise<Reply> {
  const bytes = Buffer.from(body, 'base64');
  return new Promise((resolve) => {
    const cut = () => resolve({ kind: 'cut' });
    const call = requestHttp(origin, {
      method,
      path: target,
      headers: { ...headers, ...(bytes.length > 0 && { 'content-length': bytes.length }) },
      // A kept connection that its server has closed would pass for one that was cut.
      agent: false,
      signal,
    });
    call.on('error', cut);
    call.on('response', (response) => {
      readCapped(response).then(
        (answer) =>
          resolve({
            kind: 'answered',
            status: response.statusCode ?? 0,
            headers: travelling(response.headers),
            body: answer.toString('base64'),
          }),
        cut,
      );
    });
    call.end(bytes);
  });
}

/** @throws Error when the connection ends before the body does */
async function readCapped(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    const buffer = Buffer.from(chunk);
    chunks.push(buffer);
    bytes += buffer.length;
    if (bytes > maximumBodyBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maximumBodyBytes);
}
