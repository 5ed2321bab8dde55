import { createHash } from 'node:crypto';
import { sealTaskToken } from '../../shared/completion/task-token.ts';
import { newRevocationId, type Revocation } from '../../shared/domain/revocation.ts';
import { ownerOf } from '../../shared/http/caller.ts';
import { Problem } from '../../shared/http/problem.ts';
import { bodyDigest } from '../../shared/sealing/fingerprint.ts';
import type { SealingKeys } from '../../shared/sealing/keys.ts';
import type { Submission, SubmittedJob } from './contract/submission.ts';
import type { ApiDependencies } from './dependencies.ts';
import { countTokens } from './pairs.ts';
import { queueSlices, sealJobs } from './queue-jobs.ts';

/** What intake takes, whoever calls it. */
export type IntakeDependencies = Pick<
  ApiDependencies,
  'secrets' | 'revocations' | 'completions' | 'idempotency' | 'lanes' | 'log'
>;

/** A checked submission with who made it. */
export interface Request {
  readonly submission: Submission;
  readonly requestedBy: string;
  readonly idempotencyKey: string | undefined;
}

const toDo =
  'Repeat the request: with the Idempotency-Key it came with, it goes on where this one stopped; without one it makes a new revocation, and revoking a token twice does no harm.';

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
export async function submit(request: Request, deps: IntakeDependencies): Promise<Revocation> {
  const { submission, requestedBy } = request;
  const { label, open, taskToken, jobs } = submission;
  const keys = await deps.secrets.sealingKeys();
  const task = taskToken === undefined ? undefined : true;
  // A state machine that repeats its call does so in another task, with a token of its own.
  const body = JSON.stringify({ ...submission, taskToken: task });
  const { id, again, finished } = await claimId(request, body, keys, deps);
  if (taskToken !== undefined) {
    const sealed = await sealTaskToken(id, taskToken, keys);
    // Before its revocation, which may be complete as soon as it is there.
    await (again
      ? deps.completions.replaceTask(id, sealed)
      : deps.completions.keepTask(id, sealed));
  }
  const revocation =
    finished ?? (await takeIn({ id, label, requestedBy, task, open, jobs }, keys, deps));
  if (again && taskToken !== undefined) await deps.revocations.announceAgain(id);
  return revocation;
}

/** Checked jobs on their way in, under an id of their own. */
export interface Intake {
  readonly id: string;
  readonly label: string | undefined;
  readonly requestedBy: string;
  /** Key of the person whose grants they are. */
  readonly subject?: string;
  /** Grants of that person that are not among them, though a token of theirs may live. */
  readonly leftAlive?: number | undefined;
  /** Whether a state machine waits for it; its task token is kept by then. */
  readonly task?: true | undefined;
  /** Whether further parts follow. */
  readonly open?: boolean | undefined;
  readonly jobs: readonly SubmittedJob[];
}

/**
 * Writes a revocation and queues its slices. Repeated with the same jobs it goes on where it stopped.
 *
 * @throws Problem `unavailable` when slices could not be queued
 */
export async function takeIn(
  { id, label, requestedBy, subject, leftAlive, task, open, jobs }: Intake,
  keys: SealingKeys,
  deps: IntakeDependencies,
): Promise<Revocation> {
  const total = countTokens(jobs);
  const [messages] = await Promise.all([
    sealJobs(id, 0, jobs, keys),
    deps.revocations.create({
      id,
      label,
      requestedBy,
      subject,
      leftAlive,
      task,
      open,
      createdAt: new Date().toISOString(),
      total,
    }),
  ]);
  await queueSlices(id, messages, deps, toDo);
  const revocation = await deps.revocations.accept(id, new Date().toISOString());
  deps.log('revocation.accepted', { revocation: id, jobs: total, slices: messages.length });
  return revocation;
}

/**
 * The id to work under, or the revocation that an earlier call with this key has made.
 *
 * @param body what the key stands for
 * @returns `again` where an earlier call has had the id
 * @throws Problem `idempotency-conflict`
 */
export async function claimId(
  { requestedBy, idempotencyKey }: Pick<Request, 'requestedBy' | 'idempotencyKey'>,
  body: string,
  keys: SealingKeys,
  { idempotency, revocations }: IntakeDependencies,
): Promise<{ id: string; again: boolean; finished?: Revocation }> {
  const id = newRevocationId();
  if (idempotencyKey === undefined) return { id, again: false };
  // A role's next session is the same caller, and may be the one that repeats the request.
  const owner = ownerOf(requestedBy);
  const digest = createHash('sha256').update(`${owner}\0${idempotencyKey}`).digest('hex');
  const claim = await idempotency.claim(digest, bodyDigest(body, keys), id);
  switch (claim.kind) {
    case 'new':
      return { id, again: false };
    case 'conflict':
      throw new Problem(
        'idempotency-conflict',
        'This Idempotency-Key came with another body in the last 24 hours. Use a new key for a new request.',
      );
    case 'same': {
      const earlier = await revocations.get(claim.revocation);
      return earlier?.acceptedAt === undefined
        ? { id: claim.revocation, again: true }
        : { id: claim.revocation, again: true, finished: earlier };
    }
  }
}
