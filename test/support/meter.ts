import { listing } from '../../shared/store/keys.ts';
import { itemBytes, type WireItem } from './item-size.ts';
import { type AwsRequest, createTap, type Tap } from './tap.ts';

/** What AWS would have been asked, and would have billed. */
export interface Tally {
  /** Requests by service and operation, e.g. `SQS ReceiveMessage`. */
  readonly requests: Readonly<Record<string, number>>;
  /** Receives that brought nothing; `requests` has them too. */
  readonly emptyReceives: number;
  /** What SQS bills for: every 64 KiB of a request's messages is one. */
  readonly sqsUnits: number;
  /** DynamoDB write units, those of the index and of refused writes included. */
  readonly writeUnits: number;
  readonly indexUnits: number;
  readonly refusedWrites: number;
  readonly readUnits: number;
}

/** Counts what goes through its tap. */
export interface Meter extends AsyncDisposable {
  readonly tap: Tap['tap'];
  /** Forgets what it has counted: what came before was starting up. */
  readonly begin: () => void;
  readonly read: () => Tally;
  /** Whether every message that was sent has been deleted again: nothing is left to be done. */
  readonly drained: () => boolean;
}

/** As AwsRequest and TapHooks have it: an operation's JSON. */
type Json = Readonly<Record<string, unknown>>;

const writes = new Set(['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem']);
const sqsUnitBytes = 64 * 1024;

export function createMeter(): Meter {
  const zero = () => ({
    requests: {} as Record<string, number>,
    emptyReceives: 0,
    sqsUnits: 0,
    writeUnits: 0,
    indexUnits: 0,
    refusedWrites: 0,
    readUnits: 0,
  });
  let tally = zero();
  /** Message ids; a message may be delivered, and so deleted, more than once. */
  let sent = new Set<unknown>();
  let deleted = new Set<unknown>();
  /** Message ids by receipt handle. */
  const receipts = new Map<unknown, unknown>();

  const count = ({ service, operation }: AwsRequest) => {
    const name = `${service} ${operation}`;
    tally.requests[name] = (tally.requests[name] ?? 0) + 1;
  };

  const countDynamoDb = (request: AwsRequest, answer: Json) => {
    const units = consumed(answer);
    if (!writes.has(request.operation)) {
      tally.readUnits += units;
      return;
    }
    const index = indexUnits(request, answer);
    tally.writeUnits += units + index;
    tally.indexUnits += index;
  };

  const countSqs = ({ operation, body }: AwsRequest, answer: Json) => {
    const received = entriesOf(answer, 'Messages');
    const messages = operation === 'SendMessage' ? [body] : [...entriesOf(body, 'Entries')];
    const bytes = textBytes(messages, 'MessageBody') + textBytes(received, 'Body');
    tally.sqsUnits += Math.max(1, Math.ceil(bytes / sqsUnitBytes));
    if (operation === 'ReceiveMessage' && received.length === 0) tally.emptyReceives += 1;
    for (const { ReceiptHandle, MessageId } of received) receipts.set(ReceiptHandle, MessageId);
    if (operation === 'SendMessage') sent.add(answer.MessageId);
    for (const { Id, MessageId } of entriesOf(answer, 'Successful')) {
      if (operation === 'SendMessageBatch') sent.add(MessageId);
      if (operation !== 'DeleteMessageBatch') continue;
      const entry = messages.find((each) => each.Id === Id);
      deleted.add(receipts.get(entry?.ReceiptHandle));
    }
  };

  const tap = createTap({
    before: (request) => {
      // A receive is counted when it ends: it may have begun long before the first message.
      if (request.operation !== 'ReceiveMessage') count(request);
      return request.service === 'DYNAMODB'
        ? { ...request.body, ReturnConsumedCapacity: 'TOTAL' }
        : undefined;
    },
    after: (request, answer) => {
      if (request.operation === 'ReceiveMessage') count(request);
      if (request.service === 'DYNAMODB') countDynamoDb(request, answer);
      if (request.service === 'SQS') countSqs(request, answer);
    },
    refused: ({ operation }) => {
      if (!writes.has(operation)) return;
      // DynamoDB bills a write whose condition does not hold; the emulator does not say how much.
      tally.refusedWrites += 1;
      tally.writeUnits += 1;
    },
  });

  return {
    tap: tap.tap,
    begin: () => {
      tally = zero();
      sent = new Set();
      deleted = new Set();
    },
    read: () => structuredClone(tally),
    drained: () => sent.size > 0 && sent.isSubsetOf(deleted),
    [Symbol.asyncDispose]: () => tap[Symbol.asyncDispose](),
  };
}

/** All requests of a tally, of one service if it is given. */
export const requestCount = ({ requests }: Tally, service = ''): number =>
  Object.entries(requests)
    .filter(([name]) => name.startsWith(service))
    .reduce((sum, [, times]) => sum + times, 0);

/** Capacity units that an answer of the emulator reports: the table's alone, whatever was asked. */
function consumed({ ConsumedCapacity = [] }: Json): number {
  const all = [ConsumedCapacity].flat() as { CapacityUnits?: number }[];
  return all.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0);
}

/**
 * Write units of the listing index, which the emulator leaves out. DynamoDB writes an item's copy
 * there when the item is listed and something that the index carries is set.
 */
function indexUnits({ operation, body }: AwsRequest, answer: Json): number {
  const item = (operation === 'PutItem' ? body.Item : answer.Attributes) as WireItem | undefined;
  if (item?.lpk === undefined) return 0;
  const carried = ['pk', 'sk', 'lpk', 'lsk', ...listing.projected];
  if (operation === 'UpdateItem') {
    const names = Object.values((body.ExpressionAttributeNames ?? {}) as Record<string, string>);
    const words = `${body.UpdateExpression} ${names.join(' ')}`.split(/[^\w]+/);
    if (!carried.some((name) => words.includes(name))) return 0;
  }
  const copy = Object.entries(item).filter(([name]) => carried.includes(name));
  return Math.ceil(itemBytes(Object.fromEntries(copy)) / 1024);
}

const entriesOf = (json: Json, name: string): readonly Json[] => (json[name] ?? []) as Json[];

const textBytes = (entries: readonly Json[], name: string): number =>
  entries.reduce((sum, entry) => sum + Buffer.byteLength(String(entry[name] ?? '')), 0);
