import type { Service } from '../../local/stack.ts';
import { type AwsFault, type AwsFaultKind, awsFaults, type Exchange } from './aws-faults.ts';
import { type AwsRequest, jsonBody, listIn, readAwsRequest } from './aws-request.ts';
import { type CrashStep, crashSteps } from './crash-steps.ts';
import type { Random } from './random.ts';
import {
  type Onward,
  type Relay,
  type RelayedAnswer,
  type RelayedRequest,
  startRelay,
} from './relay.ts';
import type { Tally } from './tally.ts';

/** Which faults are on, and which crashes are to come. */
export interface AwsTrouble {
  readonly faults: readonly {
    readonly kind: AwsFaultKind;
    /** Of each request that it could hit. */
    readonly chance: number;
    /** Times it strikes at most. */
    readonly times: number;
  }[];
  /** The n-th request that fits is the function's last. */
  readonly crashes: readonly { readonly step: string; readonly nth: number }[];
}

/** What stands between the functions and all of AWS. */
export interface AwsRelays extends AsyncDisposable {
  /** Where the functions reach each service. */
  readonly urls: Readonly<Record<Service, string>>;
  /** Tells where a service is now; without one, that the stack is gone. */
  readonly lead: (to: { readonly service: Service; readonly url: string } | undefined) => void;
  /** Takes the place of all trouble so far. */
  readonly trouble: (trouble: AwsTrouble) => void;
  /** Processes of a lane's worker that have made a request. */
  readonly workersOf: (lane: string) => readonly number[];
}

interface RelayOptions {
  readonly secretsManagerUrl: string;
  readonly random: Random;
  readonly tally: Tally;
  readonly kill: (pid: number) => Promise<boolean>;
}

/**
 * A message that nobody deletes comes back after so long: the queue's own eighteen minutes are for
 * functions that may run for three.
 */
const visibilitySeconds = 15;
/** Deliveries after which SQS gives a message up, in place of the queue's own thousand. */
const maximumReceives = 15;

const services: readonly Service[] = ['DYNAMODB', 'SQS', 'SECRETS_MANAGER'];
const quiet: AwsTrouble = { faults: [], crashes: [] };

export async function startAwsRelays(options: RelayOptions): Promise<AwsRelays> {
  const { random, tally, kill } = options;
  const bodies = new Map<string, string>();
  const workers = new Map<string, Set<number>>();
  const doomed = new Set<unknown>();
  let armed = arm(quiet);

  const die = async ({ sender }: AwsRequest, crash: string): Promise<never> => {
    if (await kill(sender.pid)) tally.add('crash', crash);
    throw new Error('its sender is dead');
  };

  const strike = async (exchange: Exchange): Promise<RelayedAnswer> => {
    const { request, onward } = exchange;
    const crash = armed.crash(request);
    if (crash !== undefined) {
      if (crash.step.by === 'event-source') {
        tally.add('crash', crash.name);
        for (const handle of handles(request)) doomed.add(handle);
        throw new Error('the poller is gone');
      }
      if (crash.step.when === 'after') await onward();
      return die(request, crash.name);
    }
    const hit = armed.fault(request, random);
    if (hit === undefined) return onward();
    if (hit.first) tally.add('fault', hit.kind);
    return hit.fault.act({ ...exchange, missed: () => tally.add('fault', hit.kind, -1) });
  };

  const pass = (service: Service) => async (received: RelayedRequest, onward: Onward) => {
    const request = adjusted(readAwsRequest(service, received));
    const { sender, operation, body } = request;
    if (sender.name === 'worker') {
      workers.set(sender.lane, (workers.get(sender.lane) ?? new Set()).add(sender.pid));
    }
    if (operation === 'SendMessageBatch') {
      for (const entry of listIn(body, 'Entries')) {
        bodies.set(String(body.QueueUrl), String(entry.MessageBody));
      }
    }
    if (handles(request).some((handle) => doomed.has(handle))) throw new Error('nobody is there');
    const send = (change: object = body) => onward({ body: jsonBody(change) });
    if (operation === 'CreateQueue') return send();
    return strike({
      request,
      onward: send,
      also: (other, content) =>
        onward({
          headers: { ...received.headers, 'x-amz-target': `AmazonSQS.${other}` },
          body: jsonBody(content),
        }),
      missed: () => undefined,
      random,
      bodies,
    });
  };

  const relays = new Map<Service, Relay>();
  for (const service of services) relays.set(service, await startRelay(pass(service)));
  relays.get('SECRETS_MANAGER')?.lead(options.secretsManagerUrl);
  const urlOf = (service: Service) => relays.get(service)?.url ?? '';

  return {
    urls: {
      DYNAMODB: urlOf('DYNAMODB'),
      SQS: urlOf('SQS'),
      SECRETS_MANAGER: urlOf('SECRETS_MANAGER'),
    },
    lead: (to) => {
      // The secrets are not the stack's: they can be rotated, and outlive it.
      for (const service of ['DYNAMODB', 'SQS'] as const) {
        if (to === undefined || to.service === service) relays.get(service)?.lead(to?.url ?? '');
      }
    },
    trouble: (trouble) => {
      armed = arm(trouble);
    },
    workersOf: (lane) => [...(workers.get(lane) ?? [])],
    [Symbol.asyncDispose]: async () => {
      for (const relay of relays.values()) await relay[Symbol.asyncDispose]();
    },
  };
}

/** Makes the queues as impatient as a suite must be. */
function adjusted(request: AwsRequest): AwsRequest {
  const { operation, body } = request;
  if (operation === 'ReceiveMessage') {
    return { ...request, body: { ...body, VisibilityTimeout: visibilitySeconds } };
  }
  if (operation !== 'CreateQueue') return request;
  const { RedrivePolicy, ...rest } = Object(body.Attributes);
  if (RedrivePolicy === undefined) return request;
  const policy = { ...JSON.parse(String(RedrivePolicy)), maxReceiveCount: maximumReceives };
  const Attributes = { ...rest, RedrivePolicy: JSON.stringify(policy) };
  return { ...request, body: { ...body, Attributes } };
}

/** What a delete deletes. */
const handles = ({ operation, body }: AwsRequest): readonly unknown[] =>
  operation === 'DeleteMessageBatch'
    ? listIn(body, 'Entries').map(({ ReceiptHandle }) => ReceiptHandle)
    : [];

/** The trouble as it is used up. */
function arm({ faults, crashes }: AwsTrouble) {
  const waiting = new Map(crashes.map(({ step, nth }) => [step, nth]));
  const loaded = faults.map(({ kind, chance, times }) => {
    const fault: AwsFault = awsFaults[kind];
    return { kind, fault, chance, left: times, running: 0 };
  });
  return {
    crash: (request: AwsRequest): { name: string; step: CrashStep } | undefined => {
      for (const [name, left] of waiting) {
        const step = crashSteps.get(name);
        if (step === undefined || step.by !== request.sender.name || !step.on(request)) continue;
        if (left > 1) {
          waiting.set(name, left - 1);
          continue;
        }
        waiting.delete(name);
        return { name, step };
      }
      return undefined;
    },

    fault: (request: AwsRequest, random: Random) => {
      for (const each of loaded) {
        if (!each.fault.on(request)) continue;
        if (each.running > 0) {
          each.running -= 1;
          return { kind: each.kind, fault: each.fault, first: false };
        }
        if (each.left === 0 || !random.chance(each.chance)) continue;
        each.left -= 1;
        each.running = (each.fault.inARow ?? 1) - 1;
        return { kind: each.kind, fault: each.fault, first: true };
      }
      return undefined;
    },
  };
}
