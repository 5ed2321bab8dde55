import type { Service } from '../../local/stack.ts';
import type { RelayedAnswer, RelayedRequest } from './relay.ts';

/** Who sent an AWS request: a function's process, or the event source that polls its queue. */
export interface Sender {
  readonly name: 'api' | 'worker' | 'dead-letter' | 'sweep' | 'sealing-keys' | 'event-source';
  /** Of a worker: its provider. */
  readonly lane: string;
  readonly pid: number;
}

/** An AWS request of JSON 1.0 or 1.1, as a relay sees it. */
export interface AwsRequest {
  readonly service: Service;
  /** E.g. `PutItem`, `SendMessageBatch`. */
  readonly operation: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The body's text, to look for keys in. */
  readonly text: string;
  readonly sender: Sender;
}

const functionNames = ['api', 'worker', 'dead-letter', 'sweep', 'sealing-keys'] as const;

export function readAwsRequest(service: Service, { headers, body }: RelayedRequest): AwsRequest {
  const text = body.toString();
  return {
    service,
    operation: String(headers['x-amz-target']).split('.').at(-1) ?? '',
    body: JSON.parse(text),
    text,
    sender: senderOf(String(headers['user-agent'])),
  };
}

/** The preload has the SDK name its process in the user agent; Powertools adds to that. */
function senderOf(agent: string): Sender {
  const [, name, lane = '', pid] = /\bapp\/([a-z-]+)\.([a-z0-9-]*)\.(\d+)/.exec(agent) ?? [];
  const known = functionNames.find((each) => each === name);
  return { name: known ?? 'event-source', lane, pid: Number(pid) };
}

/** An answer that refuses a request as AWS does. */
export const refusal = (status: number, type: string): RelayedAnswer => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.0' },
  body: Buffer.from(JSON.stringify({ __type: type, message: 'injected' })),
});

export const jsonBody = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** A list inside a body or an answer; empty where there is none. */
export const listIn = (
  body: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>>[] => {
  const list = body[name];
  return Array.isArray(list) ? list : [];
};

export const answerOf = ({ body }: RelayedAnswer): Readonly<Record<string, unknown>> =>
  JSON.parse(body.toString() || '{}');
