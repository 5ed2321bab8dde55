import { type Delivery, pendingIndexes } from './delivery.ts';

/**
 * Whether a job's turn has come. The access token of a pair waits until its refresh token has an
 * outcome, parked included: as long as that lives, its owner can get another access token. A refresh
 * token that this message has nothing to do with any more is not waited for.
 */
export function isDue(delivery: Delivery, index: number): boolean {
  const partner = partnerOf(delivery, index);
  return partner === undefined || !pendingIndexes(delivery).includes(partner);
}

/** Pending jobs, those last that have killed a worker; refresh tokens before their access tokens. */
export function carefulOrder(delivery: Delivery): number[] {
  const pending = pendingIndexes(delivery);
  const crashesOf = (index: number) => delivery.records.get(index)?.crashes ?? 0;
  const places = new Map(
    pending.map((index) => {
      const partner = partnerOf(delivery, index);
      const waits = partner !== undefined && pending.includes(partner);
      // Whoever waits for one that has killed a worker is as late.
      const crashes = Math.max(crashesOf(index), waits ? crashesOf(partner) : 0);
      return [index, crashes * 2 + (waits ? 1 : 0)];
    }),
  );
  return pending.sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
}

const partnerOf = ({ message }: Delivery, index: number): number | undefined =>
  message.jobs.find((job) => job.index === index)?.after;
