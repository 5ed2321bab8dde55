import { mayBeSent } from '../../shared/dead-letters/claim.ts';
import { jobId, parseJobId } from '../../shared/domain/job.ts';
import type { SliceIdentity } from '../../shared/domain/slice.ts';
import { groupBy } from '../../shared/group-by.ts';
import type { FieldError } from '../../shared/http/problem.ts';
import type { LedgerEntry, LedgerJob } from '../../shared/store/ledger-entry.ts';
import { nothingDone } from './check-dead-letters.ts';
import type { RedriveRequest } from './contract/dead-letters.ts';
import type { ApiDependencies } from './dependencies.ts';

/** Jobs of one slice in the ledger. */
export interface Found {
  readonly entry: LedgerEntry;
  readonly jobs: readonly LedgerJob[];
}

/** Revocations looked into at once. */
const atOnce = 20;

/**
 * The ledger's entries that hold any of these jobs, in whatever state. Jobs that are not in the
 * ledger, because they never were or have ended since, are in none.
 *
 * @throws Problem `invalid-request` listing the ids of which there is no job at all
 */
export async function findByIds(
  ids: readonly string[],
  deps: Pick<ApiDependencies, 'ledger' | 'revocations' | 'parts'>,
): Promise<Found[]> {
  const parts = groupBy(new Set(ids), (id) => id.slice(0, id.lastIndexOf('/')));
  const found: Found[] = [];
  const known = new Set<string>();
  const lookInto = async (part: string, own: readonly string[]) => {
    const wanted = new Set(own.map((id) => parseJobId(id).index));
    const { revocation, part: number } = parseJobId(`${part}/0`);
    for await (const page of deps.ledger.walk({ revocation, part: number })) {
      for (const entry of page) {
        const jobs = entry.jobs.filter(({ index }) => wanted.has(index));
        if (jobs.length > 0) found.push({ entry, jobs });
        for (const { index } of jobs) known.add(jobId({ revocation, part: number, index }));
      }
    }
    if (own.every((id) => known.has(id))) return;
    const holder =
      number === 0
        ? await deps.revocations.get(revocation)
        : await deps.parts.get(revocation, number);
    for (const id of own) if (parseJobId(id).index < (holder?.total ?? 0)) known.add(id);
  };
  const all = [...parts];
  for (let start = 0; start < all.length; start += atOnce) {
    await Promise.all(all.slice(start, start + atOnce).map((each) => lookInto(...each)));
  }
  const unknown = ids.flatMap((id, position): FieldError[] =>
    known.has(id) ? [] : [{ pointer: `/ids/${position}`, detail: 'there is no such job' }],
  );
  if (unknown.length > 0) throw nothingDone(unknown);
  return found;
}

/** The ids of jobs that none of these are. */
export function idsBeyond(ids: readonly string[], found: readonly Found[]): string[] {
  const there = new Set(found.flatMap(idsOf));
  return [...new Set(ids)].filter((id) => !there.has(id));
}

export const idsOf = ({ entry: { revocation, part }, jobs }: Found): string[] =>
  jobs.map(({ index }) => jobId({ revocation, part, index }));

/** What of these may be sent again, at providers that are configured, and fits the other filters. */
export function toSend(
  { entry, jobs }: Found,
  { provider, revocation, reason }: RedriveRequest,
  { catalog }: Pick<ApiDependencies, 'catalog'>,
): Found {
  const fits =
    catalog.has(entry.provider) &&
    (provider === undefined || entry.provider === provider) &&
    (revocation === undefined || entry.revocation === revocation);
  const wanted = (job: LedgerJob) =>
    fits && mayBeSent(job) && (reason === undefined || job.reason === reason);
  return { entry, jobs: jobs.filter(wanted) };
}

/** All that a request without ids is about and is behind `after`, as it is read from the ledger. */
export async function* walkLedger(
  { provider, revocation }: RedriveRequest,
  after: SliceIdentity | undefined,
  deps: Pick<ApiDependencies, 'ledger' | 'log'>,
): AsyncGenerator<Found> {
  const range = revocation === undefined ? { provider } : { revocation };
  for await (const page of deps.ledger.walk(range, after)) {
    tellShut(page, deps);
    for (const entry of page) yield { entry, jobs: entry.jobs };
  }
}

/** Tells of entries that are left to the newer version which wrote them. */
export function tellShut(
  entries: readonly LedgerEntry[],
  { log }: Pick<ApiDependencies, 'log'>,
): void {
  for (const { shut, revocation, slice } of entries) {
    if (shut === true) log('ledger.newer', { revocation, slice });
  }
}
