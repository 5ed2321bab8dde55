import * as z from 'zod';
import { describeFault } from '../../shared/log/logger.ts';
import { readKeySet, SealingKeysFault } from '../../shared/sealing/key-set.ts';
import { parseSealingKeys } from '../../shared/sealing/keys.ts';
import { type Need, retirableKeys, rotate } from '../../shared/sealing/rotation.ts';
import { SecretChanged } from '../../shared/secrets/sealing-keys-secret.ts';
import type { SealingKeysDependencies } from './dependencies.ts';

/**
 * Keys that a new one may be asked for beside: each is kept for 15 days at least, every function reads
 * all of them, and Secrets Manager takes 64 KiB. The schedule's own are few.
 */
export const mostKeys = 50;

/** What the schedule sends has other members; an operator may ask for a new key at once. */
const request = z.object({ rotate: z.boolean().default(false) });

/** What became of the set; key ids only. */
export interface RotationReport {
  readonly sealsWith: string;
  /** How many keys open envelopes. */
  readonly keys: number;
  readonly added?: string;
  readonly retired: readonly string[];
}

/**
 * Brings the sealing keys forward: a new key in front when it is time, or when the event says
 * `{"rotate": true}`, and without those that nothing is sealed with any more. The one write
 * replaces the whole set, so whatever fails leaves the old set or the new one.
 *
 * @throws Error saying why not, as far as that can be told without quoting anything
 */
export async function rotateKeys(
  event: unknown,
  deps: SealingKeysDependencies,
  now = new Date(),
): Promise<RotationReport> {
  const asked = request.safeParse(event ?? {});
  if (!asked.success) throw new Error('the event must be {"rotate": true}, or say nothing of it');
  try {
    return await bringForward(asked.data.rotate, deps, now);
  } catch (error) {
    const told = error instanceof SealingKeysFault || error instanceof SecretChanged;
    const detail = told ? error.message : undefined;
    deps.log('sealing-keys.failed', { detail, ...describeFault(error) });
    // Lambda prints what is thrown, and other errors may quote what they were given.
    throw new Error(`the sealing keys were not rotated: ${detail ?? 'the log tells more'}`);
  }
}

async function bringForward(
  force: boolean,
  { secret, rotationDays, log, ...asked }: SealingKeysDependencies,
  now: Date,
): Promise<RotationReport> {
  const held = await secret.read();
  // A set that the others cannot use is not ours to guess at.
  parseSealingKeys(held.text);
  const set = readKeySet(held.text);
  if (force && set.keys.length >= mostKeys) {
    throw new SealingKeysFault(
      `there are ${set.keys.length} keys already; ask for a new one when some of them have been retired`,
    );
  }
  const retirable = retirableKeys(set, held, now);
  const need = retirable.length === 0 ? noNeed : await needOf(retirable, asked);
  const { set: next, added, retired } = rotate(set, held, need, { now, rotationDays, force });

  const text = JSON.stringify(next);
  const { sealWith, openWith } = parseSealingKeys(text);
  const report = { sealsWith: sealWith.kid, keys: openWith.size, retired };
  if (added !== undefined || retired.length > 0) await secret.replace(held, text, now);
  if (added !== undefined) log('sealing-keys.added', { kid: added });
  for (const kid of retired) log('sealing-keys.retired', { kid });
  log('sealing-keys.checked', {
    sealsWith: report.sealsWith,
    keys: report.keys,
    stillNeeded: retirable.length - retired.length,
  });
  return added === undefined ? report : { ...report, added };
}

/** Who may have to open something yet: who works on the ledger, revokes grants, or ends tasks. */
async function needOf(
  kids: readonly string[],
  {
    ledgerNeeds,
    grantsNeed,
    tasksNeed,
  }: Pick<SealingKeysDependencies, 'ledgerNeeds' | 'grantsNeed' | 'tasksNeed'>,
): Promise<Need> {
  const ledger = await ledgerNeeds();
  return {
    ...ledger,
    kids: new Set([...ledger.kids, ...(await grantsNeed(kids)), ...(await tasksNeed(kids))]),
  };
}

const noNeed: Need = { kids: new Set(), untold: false };
