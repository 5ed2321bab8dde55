import { createHash } from 'node:crypto';
import { epochSeconds } from '../../shared/domain/outcome.ts';
import { newRevocationId, type Revocation } from '../../shared/domain/revocation.ts';
import { cutSlices, type SliceMessage } from '../../shared/domain/slice.ts';
import { Problem } from '../../shared/http/problem.ts';
import { describeFault } from '../../shared/log/logger.ts';
import { SendFault } from '../../shared/queue/lanes.ts';
import { bodyDigest, fingerprint } from '../../shared/sealing/fingerprint.ts';
import type { SealingKeys } from '../../shared/sealing/keys.ts';
import { sealSlice } from '../../shared/sealing/seal-slice.ts';
import type { Submission } from './contract/submission.ts';
import type { ApiDependencies } from './dependencies.ts';

/** A checked submission with who made it. */
export interface Request {
  readonly submission: Submission;
  readonly requestedBy: string;
  readonly idempotencyKey: string | undefined;
}

/**
 * Takes a submission in:
 *
 *   claim the Idempotency-Key → write the revocation → queue every slice → note it as accepted
 *
 * A crash in between leaves a revocation that is not accepted. Repeating the call with its
 * Idempotency-Key does the rest: the same id, the same slices, and jobs are counted once however
 * often they are queued.
 *
 * @throws Problem `idempotency-conflict`, or `unavailable` when slices could not be queued
 */
export async function submit(request: Request, deps: ApiDependencies): Promise<Revocation> {
  const { submission, requestedBy } = request;
  const keys = await deps.secrets.sealingKeys();
  const claimed = await claimId(request, keys, deps);
  if (claimed.finished !== undefined) return claimed.finished;

  const { id } = claimed;
  const jobs = submission.jobs.map((job, index) => ({
    ...job,
    index,
    fingerprint: fingerprint(job.token, keys),
  }));
  const acceptedAt = epochSeconds();
  const [messages] = await Promise.all([
    Promise.all(cutSlices(id, 0, jobs).map((slice) => sealSlice(slice, keys, acceptedAt))),
    deps.revocations.create({
      id,
      label: submission.label,
      requestedBy,
      createdAt: new Date().toISOString(),
      total: jobs.length,
    }),
  ]);
  await queue(id, messages, deps);
  const revocation = await deps.revocations.accept(id, new Date().toISOString());
  deps.log('revocation.accepted', { revocation: id, jobs: jobs.length, slices: messages.length });
  return revocation;
}

/** The id to work under, or the revocation that an earlier call with this key has made. */
async function claimId(
  { submission, requestedBy, idempotencyKey }: Request,
  keys: SealingKeys,
  { idempotency, revocations }: ApiDependencies,
): Promise<{ id: string; finished?: Revocation }> {
  const id = newRevocationId();
  if (idempotencyKey === undefined) return { id };
  const digest = createHash('sha256').update(`${requestedBy}\0${idempotencyKey}`).digest('hex');
  const claim = await idempotency.claim(digest, bodyDigest(JSON.stringify(submission), keys), id);
  switch (claim.kind) {
    case 'new':
      return { id };
    case 'conflict':
      throw new Problem(
        'idempotency-conflict',
        'This Idempotency-Key came with another body in the last 24 hours. Use a new key for a new request.',
      );
    case 'same': {
      const earlier = await revocations.get(claim.revocation);
      return earlier?.acceptedAt === undefined
        ? { id: claim.revocation }
        : { id: claim.revocation, finished: earlier };
    }
  }
}

async function queue(
  revocation: string,
  messages: readonly SliceMessage[],
  { lanes, log }: ApiDependencies,
): Promise<void> {
  try {
    await lanes.send(messages);
  } catch (error) {
    if (!(error instanceof SendFault)) throw error;
    log('revocation.unqueued', { revocation, ...describeFault(error) });
    throw new Problem(
      'unavailable',
      'Not every job could be queued. Repeat the request: with the Idempotency-Key it came with, it goes on where this one stopped; without one it makes a new revocation, and revoking a token twice does no harm.',
      { headers: { 'retry-after': '5' } },
    );
  }
}
