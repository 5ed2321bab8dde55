import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retentionSeconds } from '../queue/lane-settings.ts';
import { staleMs } from '../secrets/secrets.ts';
import { type KeySet, readKeySet } from './key-set.ts';
import { generateSealingKeys, parseSealingKeys } from './keys.ts';
import { type Need, retirableKeys, retirementDays, rotate, type SecretDates } from './rotation.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const start = new Date('2026-01-01T00:00:00.000Z');
const daysOn = (days: number, from = start) => new Date(from.getTime() + days * dayMs);
const nothing: Need = { kids: new Set(), untold: false };
const needs = (...kids: string[]): Need => ({ kids: new Set(kids), untold: false });

const seed = JSON.stringify({ version: 1, seed: 'A1'.repeat(32) });
const fresh = (): KeySet => readKeySet(seed);
const kidsOf = ({ keys }: KeySet) => keys.filter(({ use }) => use === 'enc').map(({ kid }) => kid);
const [seedKid = ''] = kidsOf(fresh());

/** The secret's dates when nobody but the rotation has written it since `at`. */
const writtenAt = (at: Date): SecretDates => ({ createdAt: at, changedAt: at });
const policy = (now: Date, change = {}) => ({ now, rotationDays: 90, force: false, ...change });

/** A set whose first key took the seed's place at the start. */
const rotated = (): KeySet => rotate(fresh(), writtenAt(daysOn(-90)), nothing, policy(start)).set;

test('a replaced key outlasts whatever may still be sealed with it outside the ledger', () => {
  const longestMs = staleMs + retentionSeconds * 1000;
  expect(retirementDays * dayMs).toBeGreaterThan(longestMs + 12 * hourMs);
});

describe('a new key', () => {
  test.each([
    ['not before it is time', 89.9, {}, false],
    ['when the first key is old enough', 90, {}, true],
    ['when it is long overdue', 4000, {}, true],
    ['after a day, if so configured', 1, { rotationDays: 1 }, true],
    ['at once when asked for', 0, { force: true }, true],
  ])('comes %s', (_, days, change, comes) => {
    const { set, added } = rotate(fresh(), writtenAt(start), nothing, policy(daysOn(days), change));
    expect(added !== undefined).toBe(comes);
    expect(kidsOf(set)).toEqual(added === undefined ? [seedKid] : [added, seedKid]);
  });

  test('goes by its own age once that is written down, whatever becomes of the secret', () => {
    const dates = writtenAt(daysOn(89));
    expect(rotate(rotated(), dates, nothing, policy(daysOn(90))).added).toBeDefined();
  });

  test('leaves a set that every function can use, with the keys that the seed stood for', () => {
    const before = parseSealingKeys(seed);
    const keys = parseSealingKeys(JSON.stringify(rotated()));
    expect(keys.sealWith.kid).not.toBe(seedKid);
    expect(keys.openWith.get(seedKid)).toEqual(before.sealWith.key);
    expect(keys.fingerprintWith).toEqual(before.fingerprintWith);
  });
});

describe('a replaced key', () => {
  const retiredAt = (days: number, need: Need, set = rotated(), dates = writtenAt(start)) =>
    rotate(set, dates, need, policy(daysOn(days))).retired;

  test('goes after 15 days', () => {
    expect(retiredAt(14.9, nothing)).toEqual([]);
    expect(retiredAt(15, nothing)).toEqual([seedKid]);
  });

  test.each([
    ['something parked is sealed with it', needs(seedKid)],
    ['something parked does not say what it is sealed with', { ...nothing, untold: true }],
  ])('stays while %s', (_, need) => {
    expect(retiredAt(1000, need)).toEqual([]);
  });

  test('does not stay for the sake of another key', () => {
    expect(retiredAt(15, needs('another'))).toEqual([seedKid]);
  });

  test('stays 15 days from a change that somebody else has made: it may have been first again', () => {
    const dates = { createdAt: start, changedAt: daysOn(10) };
    expect(retiredAt(24.9, nothing, rotated(), dates)).toEqual([]);
    expect(retiredAt(25, nothing, rotated(), dates)).toEqual([seedKid]);
  });

  test('of a set that a person has written goes 15 days after that', () => {
    const [older, newer] = [readKeySet(generateSealingKeys()), readKeySet(generateSealingKeys())];
    const set = { keys: [...newer.keys, ...older.keys.filter(({ use }) => use === 'enc')] };
    expect(retirableKeys(set, writtenAt(start), daysOn(14.9))).toEqual([]);
    expect(retirableKeys(set, writtenAt(start), daysOn(15))).toEqual(kidsOf(older));
  });
});

test.each([
  [1, 15],
  [5, 3],
  [30, 1],
  [90, 1],
])(
  'rotated every %d days, at most %d replaced keys are kept, and none is kept for good',
  (rotationDays, most) => {
    let set = fresh();
    let dates = writtenAt(start);
    let added = 0;
    for (let day = 1; day <= 360; day += 1) {
      const result = rotate(set, dates, nothing, policy(daysOn(day), { rotationDays }));
      if (result.set !== set) dates = writtenAt(daysOn(day));
      if (result.added !== undefined) added += 1;
      set = result.set;
      expect(kidsOf(set).length).toBeLessThanOrEqual(1 + most);
    }
    expect(added).toBe(360 / rotationDays);
  },
);

test('a key’s age is its own, however often the set is written', () => {
  let set = fresh();
  let dates = writtenAt(start);
  const at = (days: number, change = {}) => {
    const result = rotate(set, dates, nothing, policy(daysOn(days), change));
    if (result.set !== set) dates = writtenAt(daysOn(days));
    set = result.set;
    return result;
  };
  at(0, { force: true });
  at(1, { force: true });
  expect([at(15).retired.length, at(16).retired.length]).toEqual([1, 1]);
  expect(at(90.9).added).toBeUndefined();
  expect(at(91).added).toBeDefined();
});

test('what nobody here knows of stays in the set', () => {
  const [enc, sig] = fresh().keys;
  const set = readKeySet(JSON.stringify({ keys: [{ ...enc, alg: 'dir' }, sig], note: 'ours' }));
  const next = rotate(set, writtenAt(start), nothing, policy(start, { force: true })).set;
  expect(next.note).toBe('ours');
  expect(next.keys[1]).toMatchObject({ kid: seedKid, alg: 'dir' });
});

/** What happens between two rotations. */
const step = fc.record({
  days: fc.double({ min: 0, max: 40, noNaN: true }),
  force: fc.boolean(),
  /** Whether the ledger holds something sealed with each key, by its place. */
  parked: fc.array(fc.boolean(), { maxLength: 4 }),
  untold: fc.boolean(),
  /** Somebody puts another key first, and this may be undone before the next rotation. */
  meddling: fc.constantFrom('none', 'reorder', 'reorder and back'),
});

test('over years of rotations, no key goes that something may be sealed with', () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 1, max: 100 }),
      (steps, rotationDays) => {
        let set = fresh();
        let dates = writtenAt(start);
        let now = start;
        /** When each key was first of the set for the last time. */
        const sealedUntil = new Map<string, number>();
        const sealing = (at: Date) => {
          const [first] = kidsOf(set);
          if (first !== undefined) sealedUntil.set(first, at.getTime());
        };
        const signing = set.keys.filter(({ use }) => use === 'sig').map(({ k }) => k);

        for (const { days, force, parked, untold, meddling } of steps) {
          // Prepare: time goes by, and perhaps a person changes the order of the keys.
          if (meddling !== 'none') {
            const before = set;
            // Within the hour it passes for the rotation's own write.
            now = daysOn(days / 2 + 1.5 / 24, now);
            sealing(now);
            set = { ...set, keys: [...set.keys.slice(1), ...set.keys.slice(0, 1)] };
            now = daysOn(days / 4, now);
            sealing(now);
            if (meddling === 'reorder and back') set = before;
            dates = { createdAt: meddling === 'reorder' ? now : dates.createdAt, changedAt: now };
          }
          now = daysOn(days, now);
          sealing(now);
          const kids = kidsOf(set);
          const need = { kids: new Set(kids.filter((_, place) => parked[place])), untold };

          // Act
          const result = rotate(set, dates, need, policy(now, { rotationDays, force }));

          // Assess
          for (const kid of result.retired) {
            expect(untold || need.kids.has(kid)).toBe(false);
            const days = (now.getTime() - (sealedUntil.get(kid) ?? start.getTime())) / dayMs;
            expect(days).toBeGreaterThanOrEqual(retirementDays - 1e-6);
          }
          const left = kids.filter((kid) => !result.retired.includes(kid));
          expect(kidsOf(result.set)).toEqual(
            result.added === undefined ? left : [result.added, ...left],
          );
          expect(new Set(kidsOf(result.set)).size).toBe(kidsOf(result.set).length);
          const sig = result.set.keys.filter(({ use }) => use === 'sig').map(({ k }) => k);
          expect(sig).toEqual(signing);
          const changed = result.added !== undefined || result.retired.length > 0;
          expect(result.set === set).toBe(!changed);
          const again = rotate(
            result.set,
            changed ? writtenAt(now) : dates,
            need,
            policy(now, { rotationDays }),
          );
          expect(again).toEqual({ set: result.set, added: undefined, retired: [] });

          if (changed) dates = writtenAt(now);
          set = result.set;
        }
      },
    ),
    { numRuns: 300 },
  );
});
