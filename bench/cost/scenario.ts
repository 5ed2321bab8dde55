import { createHash } from 'node:crypto';
import type { Call, ScriptedAnswer } from '../../test/support/scripted-provider.ts';

/** A job as a caller submits it. */
export interface SubmittedJob {
  readonly provider: string;
  readonly token: string;
  readonly ref: string;
}

/** One way of having many tokens revoked. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Ids of the providers that the jobs are spread over. */
  readonly providers: readonly string[];
  /** Jobs in one request. */
  readonly perRequest: number;
  /** Sends an Idempotency-Key with each request, as callers that retry do. */
  readonly idempotent: boolean;
  /** Whether all requests are parts of one revocation, which is then closed. */
  readonly opened: boolean;
  /** Whether an endpoint is told of each completion. */
  readonly told: boolean;
  /** Whether the provider answers 503 to this call. */
  readonly fails: (call: Call) => boolean;
}

/** The most that one request may carry. */
const wholePart = 500;

const never = () => false;
const plain = { opened: false, told: false } as const;

/** One job in twenty, scattered but the same in every run. */
const unlucky = (token: string): boolean =>
  createHash('sha256').update(token).digest().readUInt32BE() < 0x1_0000_0000 / 20;

export const scenarios: readonly Scenario[] = [
  {
    name: 'bulk',
    title: '500 jobs a request, one provider',
    providers: ['acme'],
    perRequest: wholePart,
    idempotent: false,
    ...plain,
    fails: never,
  },
  {
    name: 'four',
    title: '500 jobs a request, four providers',
    providers: ['acme', 'bolt', 'cobra', 'delta'],
    perRequest: wholePart,
    idempotent: false,
    ...plain,
    fails: never,
  },
  {
    name: 'failing',
    title: '500 jobs a request, 5% fail twice',
    providers: ['acme'],
    perRequest: wholePart,
    idempotent: false,
    ...plain,
    fails: ({ token, times }) => times <= 2 && unlucky(token),
  },
  {
    name: 'single',
    title: '1 job a request',
    providers: ['acme'],
    perRequest: 1,
    idempotent: false,
    ...plain,
    fails: never,
  },
  {
    name: 'keyed',
    title: '1 job a request, with an Idempotency-Key',
    providers: ['acme'],
    perRequest: 1,
    idempotent: true,
    ...plain,
    fails: never,
  },
  {
    name: 'parts',
    title: 'parts of 500 jobs, one revocation',
    providers: ['acme'],
    perRequest: wholePart,
    idempotent: false,
    ...plain,
    opened: true,
    fails: never,
  },
  {
    name: 'told',
    title: '1 job a request, each told to an endpoint',
    providers: ['acme'],
    perRequest: 1,
    idempotent: false,
    ...plain,
    told: true,
    fails: never,
  },
];

/** The requests of a run: jobs go round the providers, as an offboarding's tokens would. */
export function requestsOf({ providers, perRequest }: Scenario, count: number): SubmittedJob[][] {
  const jobs = Array.from({ length: count }, (_, index) => ({
    provider: providers[index % providers.length] ?? '',
    // As long as a common opaque token, with a reference as long as a UUID.
    token: `${index}-`.padEnd(64, 'x'),
    ref: `${index}-`.padEnd(36, 'r'),
  }));
  return Array.from({ length: Math.ceil(count / perRequest) }, (_, index) =>
    jobs.slice(index * perRequest, (index + 1) * perRequest),
  );
}

export const answerTo = ({ fails }: Scenario, call: Call): ScriptedAnswer => ({
  status: fails(call) ? 503 : 200,
});
