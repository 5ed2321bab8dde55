import { createServer, request as forward } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listenOnLoopback } from '../../local/loopback.ts';
import type { Service } from '../../local/stack.ts';

/** One AWS request on its way from a function to an emulator. */
export interface AwsRequest {
  readonly service: Service;
  /** E.g. `PutItem`, `SendMessageBatch`. */
  readonly operation: string;
  readonly body: Record<string, unknown>;
}

/** What may be done to a request. */
export interface TapHooks {
  /** Before it is forwarded. A returned body is sent in its place. */
  readonly before?: (
    request: AwsRequest,
  ) => Promise<Record<string, unknown> | undefined> | Record<string, unknown> | undefined;
  /** After the emulator has done it and before the function hears of it. */
  readonly after?: (request: AwsRequest, answer: Record<string, unknown>) => Promise<void> | void;
  /** After the emulator has refused it. */
  readonly refused?: (request: AwsRequest) => void;
}

/** Stands between the functions and the emulators: counts, looks, and interferes. */
export interface Tap extends AsyncDisposable {
  readonly tap: (service: Service, url: string) => Promise<string>;
  /** Every request so far. */
  readonly requests: AwsRequest[];
}

export function createTap(hooks: TapHooks = {}): Tap {
  const requests: AwsRequest[] = [];
  const servers: ReturnType<typeof createServer>[] = [];
  return {
    requests,
    tap: async (service, url) => {
      const server = createServer(async (request, response) => {
        try {
          const sent = await buffer(request);
          const seen: AwsRequest = {
            service,
            operation: String(request.headers['x-amz-target']).split('.').at(-1) ?? '',
            body: JSON.parse(sent.toString()),
          };
          requests.push(seen);
          const replaced = await hooks.before?.(seen);
          const body = replaced === undefined ? sent : Buffer.from(JSON.stringify(replaced));
          const onward = forward(
            url,
            {
              method: request.method,
              path: request.url,
              headers: { ...request.headers, 'content-length': body.length },
            },
            async (answer) => {
              const answered = await buffer(answer);
              if (answer.statusCode === 200) {
                await hooks.after?.(seen, JSON.parse(answered.toString() || '{}'));
              } else {
                hooks.refused?.(seen);
              }
              response.writeHead(answer.statusCode ?? 500, answer.headers).end(answered);
            },
          );
          onward.on('error', () => request.socket.destroy());
          onward.end(body);
        } catch {
          request.socket.destroy();
        }
      });
      servers.push(server);
      return listenOnLoopback(server, 0);
    },
    [Symbol.asyncDispose]: async () => {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise<void>((resolve) => server.close(() => resolve()));
      }
    },
  };
}
