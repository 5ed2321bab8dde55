import type { Part, Revocation } from '../../shared/domain/revocation.ts';
import { Problem } from '../../shared/http/problem.ts';
import { readParts, withParts } from '../../shared/store/count-parts.ts';
import type { ApiDependencies } from './dependencies.ts';

/** Numbers of parts that an answer names. */
const maximumNamed = 20;

/**
 * Lets no more parts come. All there are must have been accepted: of one that was cut off, jobs may
 * be queued nowhere. That none has come since they were looked at is a condition of the write; else
 * they are looked at again.
 *
 * @param count how many parts there are, part 0 included, where the caller says so
 * @returns it with all its parts counted; undefined when it has been forgotten meanwhile
 * @throws Problem `conflict`
 */
export async function closeRevocation(
  given: Revocation,
  count: number | undefined,
  deps: Pick<ApiDependencies, 'revocations' | 'parts'>,
): Promise<Revocation | undefined> {
  for (let current: Revocation | undefined = given; current !== undefined; ) {
    if (current.parts === undefined) throw onePart();
    const { numbers } = current.parts;
    const parts = await readParts(current.id, deps);
    check(numbers, [{ ...current, number: 0 }, ...parts], count);
    const closed = await deps.revocations.close(current.id, new Date().toISOString(), numbers.size);
    if (closed !== undefined) return withParts(closed, parts);
    current = await deps.revocations.get(current.id);
  }
  return undefined;
}

/** @throws Problem `conflict` */
function check(
  numbers: ReadonlySet<number>,
  parts: readonly Pick<Part, 'number' | 'acceptedAt'>[],
  count: number | undefined,
): void {
  const taken = new Set(
    parts.filter(({ acceptedAt }) => acceptedAt !== undefined).map(({ number }) => number),
  );
  const expected = count === undefined ? [] : Array.from({ length: count - 1 }, (_, n) => n + 1);
  const missing = [...new Set([0, ...expected, ...numbers])].filter((number) => !taken.has(number));
  if (missing.length > 0) {
    const first = taken.has(0)
      ? ''
      : ' Part 0 is the request that opened it: repeat that with its Idempotency-Key.';
    throw notClosed(
      `${missing.length === 1 ? 'A part is' : 'Parts are'} missing, or only half taken: ${named(missing)}.${first} Send them, again where they were sent before, and then close it.`,
    );
  }
  const beyond = count === undefined ? [] : [...numbers].filter((number) => number >= count);
  if (beyond.length > 0) {
    throw notClosed(
      `There are parts beyond the ${count} that you count, part 0 among them: ${named(beyond)}. Count again, or leave \`parts\` out if you do not number them without gaps.`,
    );
  }
}

const named = (numbers: readonly number[]): string => {
  const first = numbers.toSorted((a, b) => a - b).slice(0, maximumNamed);
  const more = numbers.length - first.length;
  return more === 0 ? first.join(', ') : `${first.join(', ')} and ${more} more`;
};

const notClosed = (detail: string) => new Problem('conflict', `It was not closed. ${detail}`);

const onePart = () =>
  new Problem(
    'conflict',
    'This revocation was not opened for parts: there is nothing to close. It is complete when its jobs are.',
  );
