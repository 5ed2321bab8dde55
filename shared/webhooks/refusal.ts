import { Problem, type ProblemCode } from '../http/problem.ts';

interface Refusal {
  readonly code: ProblemCode;
  readonly detail: string;
}

const forgeable =
  'Check that the secret or key of this source is the one that the sender signs with, and that nothing changes the body on its way.';

/** Every reason for which a call is refused, and what its sender is told. */
export const refusals = {
  'unknown-source': {
    code: 'not-found',
    detail: 'There is no such source. They are declared in webhooks.json.',
  },
  'wrong-method': { code: 'method-not-allowed', detail: 'Use POST.' },
  'too-large': {
    code: 'too-large',
    detail: 'Send at most 1 MiB, and name at most 10,000 tokens and 1,000 people a call.',
  },
  malformed: {
    code: 'invalid-event',
    detail: 'The event could not be read as what this kind of source sends.',
  },
  unsigned: {
    code: 'unauthenticated',
    detail: 'Headers that authenticate the call are missing or malformed.',
  },
  'wrong-signature': { code: 'unauthenticated', detail: `The signature is wrong. ${forgeable}` },
  'unknown-key': {
    code: 'unauthenticated',
    detail: 'The sender publishes no such key, or not for this algorithm.',
  },
  'wrong-issuer': { code: 'unauthenticated', detail: 'The issuer is not the configured one.' },
  'wrong-audience': { code: 'unauthenticated', detail: 'It is meant for another audience.' },
  stale: {
    code: 'unauthenticated',
    detail: 'It was signed too long ago, or in the future. Check the clocks, and send it anew.',
  },
  unmapped: {
    code: 'invalid-request',
    detail:
      'The rules of this source found nothing in the event that could be revoked. Mend them in webhooks.json and have it sent again.',
  },
  'under-way': {
    code: 'unavailable',
    detail: 'The same event is being taken in right now. Send it again if that fails.',
  },
  'keys-unavailable': {
    code: 'unavailable',
    detail: 'The keys of the sender could not be read. Send it again later.',
  },
  misconfigured: {
    code: 'unavailable',
    detail:
      'The secret of this source is missing or not valid. Put it there and have it sent again.',
  },
} as const satisfies Record<string, Refusal>;

export type RefusalReason = keyof typeof refusals;

/** What a sender is told who is not told otherwise by its kind. */
export function problemOf(reason: RefusalReason): Problem {
  const { code, detail } = refusals[reason];
  return new Problem(code, detail, {
    headers: {
      ...(reason === 'wrong-method' && { allow: 'POST' }),
      ...(code === 'unavailable' && { 'retry-after': '10' }),
    },
  });
}
