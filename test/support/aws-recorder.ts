import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { listenOnLoopback } from '../../local/loopback.ts';

/** A request of AWS' JSON protocols. */
export interface RecordedRequest {
  /** Such as `AWSEvents.PutEvents`. */
  readonly target: string;
  readonly body: unknown;
}

/** Takes whatever AWS services of the JSON protocol are asked, and says that all is well. */
export interface AwsRecorder extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly RecordedRequest[];
  /** Answers the next request with an error of this name. */
  readonly refuse: (error: string) => void;
}

export async function startAwsRecorder(): Promise<AwsRecorder> {
  const requests: RecordedRequest[] = [];
  const refusals: string[] = [];
  const server = createServer(async (request, response) => {
    const body = await json(request);
    requests.push({ target: String(request.headers['x-amz-target']), body });
    const error = refusals.shift();
    const headers = { 'content-type': 'application/x-amz-json-1.1' };
    if (error === undefined) {
      response.writeHead(200, headers).end('{"FailedEntryCount":0,"Entries":[{"EventId":"e-1"}]}');
    } else response.writeHead(400, headers).end(JSON.stringify({ __type: error, message: 'no' }));
  });
  return {
    url: await listenOnLoopback(server, 0),
    requests,
    refuse: (error) => void refusals.push(error),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
