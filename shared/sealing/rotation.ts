import { type KeySet, newSealingKey, type SealingKey } from './key-set.ts';

/**
 * How the sealing keys change over time.
 *
 *     new key in front ──▶ seals ──▶ replaced ──▶ 15 days ──▶ nothing parked with it ──▶ retired
 *
 * The longest that a replaced key may be needed outside the ledger: a function that cannot reach
 * Secrets Manager seals with its old copy for an hour, and SQS keeps what it sent for 14 days.
 */
export const retirementDays = 15;

const dayMs = 86_400_000;
/** Our own write changes the secret a moment after the time it notes down. */
const ownWriteMs = 3_600_000;

/** What is known of the secret besides its text. */
export interface SecretDates {
  /** When the current version was written: its keys are at least that old. */
  readonly createdAt: Date;
  /** When anything about the secret last changed, which version is current included. */
  readonly changedAt: Date;
}

/** Which keys the ledger still needs. `untold`: some entry does not say which key sealed it. */
export interface Need {
  readonly kids: ReadonlySet<string>;
  readonly untold: boolean;
}

/** What a rotation comes to. Nothing was added or retired: the set is as it was. */
export interface Rotation {
  readonly set: KeySet;
  readonly added: string | undefined;
  readonly retired: readonly string[];
}

/**
 * Since when each replaced key can have sealed nothing, by kid. Only we note down when a key was
 * replaced, so where somebody else has changed the secret since, it may have sealed until then.
 */
function replacedKeys(set: KeySet, { changedAt }: SecretDates): Map<string, Date> {
  const byOthers = changedAt.getTime() > timeOf(set.writtenAt) + ownWriteMs;
  const [, ...replaced] = encKeys(set);
  return new Map(
    replaced.map(({ kid, replacedAt }) => [
      kid,
      new Date(Math.max(timeOf(replacedAt, changedAt), byOthers ? changedAt.getTime() : 0)),
    ]),
  );
}

/** Keys that were replaced so long ago that only the ledger can still need them. */
export function retirableKeys(set: KeySet, dates: SecretDates, now: Date): string[] {
  return [...replacedKeys(set, dates)]
    .filter(([, replacedAt]) => now.getTime() - replacedAt.getTime() >= retirementDays * dayMs)
    .map(([kid]) => kid);
}

/**
 * The next set: a new key in front when the first is older than `rotationDays` or `force` is set,
 * and without the replaced keys that nothing can be sealed with any more. Done twice at the same
 * time it changes nothing the second time, unless forced. The `sig` key stays for good.
 *
 * @param need what the ledger says; only asked of the keys in `retirableKeys`
 */
export function rotate(
  set: KeySet,
  dates: SecretDates,
  need: Need,
  { now, rotationDays, force }: { now: Date; rotationDays: number; force: boolean },
): Rotation {
  const [first] = encKeys(set);
  const age = now.getTime() - timeOf(first?.createdAt, dates.createdAt);
  const added = force || age >= rotationDays * dayMs ? newSealingKey('enc', now) : undefined;
  const retired = need.untold
    ? []
    : retirableKeys(set, dates, now).filter((kid) => !need.kids.has(kid));
  if (added === undefined && retired.length === 0) return { set, added: undefined, retired };

  const replaced = replacedKeys(set, dates);
  if (added !== undefined && first !== undefined) replaced.set(first.kid, now);
  const kept = set.keys
    .filter(({ use, kid }) => use === 'sig' || !retired.includes(kid))
    .map((key) =>
      dated(key, dates.createdAt, key.use === 'enc' ? replaced.get(key.kid) : undefined),
    );
  return {
    set: {
      ...set,
      keys: added === undefined ? kept : [added, ...kept],
      writtenAt: now.toISOString(),
    },
    added: added?.kid,
    retired,
  };
}

const encKeys = ({ keys }: KeySet) => keys.filter(({ use }) => use === 'enc');

const timeOf = (date: string | undefined, otherwise = new Date(0)): number =>
  date === undefined ? otherwise.getTime() : Date.parse(date);

/** Notes down what the set itself did not tell, before the secret's own dates move on. */
const dated = (key: SealingKey, createdAt: Date, replacedAt: Date | undefined): SealingKey => ({
  ...key,
  createdAt: key.createdAt ?? createdAt.toISOString(),
  ...(replacedAt !== undefined && { replacedAt: replacedAt.toISOString() }),
});
