import { outcomes } from '../domain/outcome.ts';
import type { Part, Revocation } from '../domain/revocation.ts';
import type { Parts } from './parts.ts';

/** What counting reads. */
export interface PartReader {
  readonly parts: Pick<Parts, 'walk'>;
}

/** A revocation with the jobs of all its parts counted. A revocation of one part costs no read. */
export async function withAllParts(revocation: Revocation, deps: PartReader): Promise<Revocation> {
  const { size = 0 } = revocation.parts?.numbers ?? {};
  return size === 0 ? revocation : withParts(revocation, await readParts(revocation.id, deps));
}

/** All parts of a revocation besides part 0. */
export async function readParts(revocation: string, { parts }: PartReader): Promise<Part[]> {
  const all: Part[] = [];
  for await (const page of parts.walk(revocation)) all.push(...page);
  return all;
}

/** @param revocation as it was read, with part 0 alone counted */
export function withParts(revocation: Revocation, parts: readonly Part[]): Revocation {
  const ended = { ...revocation.ended };
  let { total } = revocation;
  for (const part of parts) {
    total += part.total;
    for (const outcome of outcomes) ended[outcome] += part.ended[outcome];
  }
  return { ...revocation, total, ended };
}
