import {
  isOpen,
  maximumParts,
  type Part,
  type Revocation,
} from '../../shared/domain/revocation.ts';
import { Problem } from '../../shared/http/problem.ts';
import { bodyDigest } from '../../shared/sealing/fingerprint.ts';
import type { SubmittedJob } from './contract/submission.ts';
import type { ApiDependencies } from './dependencies.ts';
import { countTokens } from './pairs.ts';
import { queueSlices, sealJobs } from './queue-jobs.ts';

type PartDependencies = Pick<
  ApiDependencies,
  'secrets' | 'revocations' | 'parts' | 'lanes' | 'log'
>;

/** A checked part of a revocation that its caller may add to. */
export interface PartRequest {
  readonly revocation: Revocation;
  readonly number: number;
  readonly jobs: readonly SubmittedJob[];
}

const toDo =
  'Repeat the request: with the same part number and body it goes on where this one stopped.';

/**
 * Takes a further part in:
 *
 *   add it to the revocation → write the part → queue every slice → note it as accepted
 *
 * The first is refused once the revocation is closed, so that nothing is queued which its completion
 * would not wait for. A crash in between leaves a part that is not accepted, with which it cannot be
 * closed; repeating the call does the rest.
 *
 * @returns how many jobs the part has
 * @throws Problem `conflict`, or `unavailable` when slices could not be queued
 */
export async function takePart(
  { revocation, number, jobs }: PartRequest,
  deps: PartDependencies,
): Promise<number> {
  const { id } = revocation;
  const keys = await deps.secrets.sealingKeys();
  const total = countTokens(jobs);
  const own = { number, total, digest: bodyDigest(JSON.stringify(jobs), keys) };
  const earlier = await begin(revocation, own, deps);
  if (earlier !== undefined && earlier.digest !== own.digest) throw otherBody();
  if (earlier?.acceptedAt !== undefined) return total;
  const messages = await sealJobs(id, number, jobs, keys);
  await queueSlices(id, messages, deps, toDo);
  await deps.parts.accept(id, number, new Date().toISOString());
  deps.log('part.accepted', { revocation: id, part: number, jobs: total, slices: messages.length });
  return total;
}

/** @returns the part of this number that is there already */
async function begin(
  revocation: Revocation,
  part: Pick<Part, 'number' | 'digest' | 'total'>,
  { revocations, parts }: PartDependencies,
): Promise<Part | undefined> {
  const { id } = revocation;
  const { number } = part;
  const { numbers } = revocation.parts ?? {};
  if (numbers === undefined) throw onePart();
  const isNew = !numbers.has(number);
  if (isNew && numbers.size >= maximumParts) throw tooManyParts();
  if (!isNew || (isOpen(revocation) && (await revocations.addPart(id, number)))) {
    return parts.create(id, part);
  }
  throw closed();
}

const onePart = () =>
  new Problem(
    'conflict',
    'This revocation was not opened for parts. Send these jobs as another one; "open": true opens one.',
  );

const tooManyParts = () =>
  new Problem(
    'conflict',
    `This revocation has ${maximumParts} parts, which is as many as one may have. Close it, and send the others as another one.`,
  );

const closed = () =>
  new Problem(
    'conflict',
    'This revocation is closed and has no such part: these jobs were not taken. Send them as another one.',
  );

const otherBody = () =>
  new Problem(
    'conflict',
    'This part came with another body before, and that one counts. Give these jobs a part number of their own.',
  );
