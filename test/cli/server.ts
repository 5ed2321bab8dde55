import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { masterKey } from '../../local/api-keys.ts';
import { createFront } from '../../local/http-front.ts';
import { listenOnLoopback } from '../../local/loopback.ts';
import type { TestApi } from '../support/api.ts';

export type Answer = APIGatewayProxyStructuredResultV2;
export type Answerer = (event: APIGatewayProxyEventV2) => Promise<Answer | undefined>;

/** An API to be called over HTTP. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly key: string;
  /** Every request so far, as `METHOD path`. */
  readonly requests: string[];
}

/**
 * Serves answerers by the embedded stack's own HTTP front: the first that has an answer gives it.
 */
export async function startServer(...answerers: readonly Answerer[]): Promise<TestServer> {
  const key = randomBytes(16).toString('hex');
  const requests: string[] = [];
  const front = createFront({
    keys: [masterKey(key)],
    invoke: async (event) => {
      requests.push(`${event.requestContext.http.method} ${event.rawPath}`);
      for (const answerer of answerers) {
        const answer = await answerer(event);
        if (answer !== undefined) return answer;
      }
      return { statusCode: 404, body: '' };
    },
  });
  const url = await listenOnLoopback(front, 0);
  return {
    url,
    key,
    requests,
    [Symbol.asyncDispose]: async () => {
      front.closeAllConnections();
      front.close();
      await once(front, 'close');
    },
  };
}

/** The API itself, on services of its own. */
export const realApi =
  (api: TestApi): Answerer =>
  ({ requestContext: { http }, rawPath, queryStringParameters, headers, body }) =>
    api.call({
      method: http.method,
      path: rawPath,
      ...(queryStringParameters !== undefined && { query: textsOf(queryStringParameters) }),
      headers: textsOf(headers),
      ...(body !== undefined && { body: JSON.parse(body) }),
    });

/** What is there, of a query or of headers. */
export const textsOf = (
  given: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
