import type { AwsRequest, Sender } from './aws-request.ts';

/** A moment at which a function's process is killed. */
export interface CrashStep {
  readonly by: Sender['name'];
  /** Before AWS has the request, or after it is carried out and before the function knows. */
  readonly when: 'before' | 'after';
  readonly on: (request: AwsRequest) => boolean;
}

const call = (operation: string, mark = '') => {
  return (request: AwsRequest) => request.operation === operation && request.text.includes(mark);
};

const writesPart = ({ operation, text }: AwsRequest) =>
  operation === 'PutItem' && /PART#(?!000000)/.test(text);

/** Both sides of each write, read and send that a function makes. */
const bothSides = (
  by: Sender['name'],
  name: string,
  on: CrashStep['on'],
): [string, CrashStep][] => [
  [`${by} killed before ${name}`, { by, when: 'before', on }],
  [`${by} killed after ${name}`, { by, when: 'after', on }],
];

/** Between receive and delete, and between the API's writes and sends. */
export const crashSteps: ReadonlyMap<string, CrashStep> = new Map([
  ...bothSides('worker', 'its secrets', call('GetSecretValue')),
  ...bothSides('worker', 'the slice read', call('GetItem', 'SLICE#')),
  ...bothSides('worker', 'the pace', (request) => request.text.includes('"PACE"')),
  ...bothSides('worker', 'the slice write', call('PutItem', 'SLICE#')),
  ...bothSides('worker', 'the ledger write', call('PutItem', 'LEDGER#')),
  ...bothSides('worker', 'the progress', call('UpdateItem', 'ADD ')),
  ...bothSides('worker', 'the visibility', call('ChangeMessageVisibilityBatch')),
  ...bothSides('api', 'the idempotency claim', call('PutItem', 'IDEM#')),
  ...bothSides('api', 'the revocation', call('PutItem', 'REV#')),
  ...bothSides('api', 'a send', call('SendMessageBatch')),
  ...bothSides('api', 'the acceptance', call('UpdateItem', 'acceptedAt')),
  ...bothSides('api', 'adding a part', call('UpdateItem', 'ADD parts')),
  ...bothSides('api', 'the part', writesPart),
  ...bothSides('api', 'the close', call('UpdateItem', 'SET closedAt')),
  ...bothSides('dead-letter', 'the slice write', call('PutItem', 'SLICE#')),
  ...bothSides('dead-letter', 'the ledger write', call('PutItem', 'LEDGER#')),
  ...bothSides('dead-letter', 'the progress', call('UpdateItem', 'ADD ')),
  // Whatever kills the poller between a batch's end and its delete: the batch comes back.
  [
    'event source cut off before the delete',
    { by: 'event-source', when: 'before', on: call('DeleteMessageBatch') },
  ],
]);

/** Steps of a worker around a call of its provider, which the provider's relay sees. */
export const providerCrashSteps = [
  'worker killed before a provider’s call',
  'worker killed between a provider’s work and its answer',
  'worker killed after a provider’s answer',
] as const;
export type ProviderCrashStep = (typeof providerCrashSteps)[number];
