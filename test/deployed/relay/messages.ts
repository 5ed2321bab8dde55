import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod';

/**
 * What the relay's two ends say to each other. Requests carry the sandboxes' tokens and
 * credentials as they are: those are worth nothing anywhere else.
 */

/** How long the far end waits for a reply. API Gateway answers by itself after 29 s. */
export const patienceMs = 25_000;

const headers = z.record(z.string(), z.string());

/** A request on its way to a server of this machine. */
export const relayedRequest = z.strictObject({
  id: z.uuid(),
  /** Milliseconds since the epoch. */
  sentAt: z.number(),
  /** Whom it is for: a provider's id. */
  server: z.string(),
  method: z.string(),
  /** Path and query. */
  target: z.string(),
  headers,
  /** Base64. */
  body: z.string(),
});
export type RelayedRequest = z.infer<typeof relayedRequest>;

/** What became of it. `cut`: the server ended the connection without a whole answer. */
export const reply = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('answered'),
    status: z.number().int(),
    headers,
    /** Base64. */
    body: z.string(),
  }),
  z.strictObject({ kind: z.literal('cut') }),
]);
export type Reply = z.infer<typeof reply>;

/** These are about one connection, or name its host: each end has its own. */
const ofTheConnection = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'transfer-encoding',
]);

/** The headers that travel on. One that came more than once is joined, as fetch does. */
export const travelling = (
  all: Readonly<Record<string, string | string[] | undefined>>,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) =>
      value === undefined || ofTheConnection.has(name.toLowerCase())
        ? []
        : [[name, [value].flat().join(', ')]],
    ),
  );

/** @param event of a route whose path is `/<secret>/<server>/…` */
export function requestOf(event: APIGatewayProxyEventV2, id: string, now: number): RelayedRequest {
  const { rawPath, rawQueryString, body = '', isBase64Encoded } = event;
  const [, , server = '', ...path] = rawPath.split('/');
  return {
    id,
    sentAt: now,
    server,
    method: event.requestContext.http.method,
    target: `/${path.join('/')}${rawQueryString === '' ? '' : `?${rawQueryString}`}`,
    headers: travelling(event.headers),
    body: isBase64Encoded ? body : Buffer.from(body).toString('base64'),
  };
}

/**
 * A caller learns of a cut connection as from any gateway, by a 502, and of a reply that did not
 * come by a 504. Neither has a body, so that no adapter finds one to judge.
 */
export function answerOf(given: Reply | undefined): APIGatewayProxyStructuredResultV2 {
  if (given === undefined) return { statusCode: 504 };
  if (given.kind === 'cut') return { statusCode: 502 };
  const { status, headers, body } = given;
  return { statusCode: status, headers, body, isBase64Encoded: true };
}
