import { type DeadLetterRow, deadLetter } from '../../functions/api/contract/answers.ts';
import { parkReasons } from '../../shared/domain/outcome.ts';
import type { Options } from '../arguments.ts';
import type { Api } from '../connection/api.ts';
import { pages } from '../connection/pages.ts';
import { UsageFault } from '../faults.ts';
import { revocationId } from './ids.ts';

/** Which parked jobs a command is about. */
export const filters = {
  provider: { type: 'string', value: 'ID', help: 'Jobs of this provider' },
  revocation: { type: 'string', value: 'ID', help: 'Jobs of this revocation' },
  reason: { type: 'string', choices: parkReasons, help: 'Jobs parked for this reason' },
} as const satisfies Options;

export interface Filters {
  readonly provider?: string | undefined;
  readonly revocation?: string | undefined;
  readonly reason?: string | undefined;
}

/** Only what was given, as the API takes it. */
export const chosen = ({ provider, revocation, reason }: Filters) => ({
  ...(provider !== undefined && { provider }),
  ...(revocation !== undefined && { revocation: revocationId(revocation) }),
  ...(reason !== undefined && { reason }),
});

/**
 * Whether jobs are named one by one.
 *
 * @throws UsageFault when there is neither an id nor a filter, or both
 */
export function checkChoice(ids: readonly string[], given: Filters, all: boolean): void {
  const filtered = Object.keys(chosen(given)).length > 0;
  if (ids.length > 0 && (filtered || all)) {
    throw new UsageFault('Give ids of jobs, or filters, not both.');
  }
  if (ids.length === 0 && !filtered && !all) {
    throw new UsageFault('Say which jobs: ids, --provider, --revocation or --reason; or --all.');
  }
}

export const parkedJobs = (api: Api, given: Filters): AsyncGenerator<DeadLetterRow> =>
  pages(api, '/v1/dead-letters', deadLetter, chosen(given));

/** Lists of at most `size`, in order. */
export const chunks = <Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  );

/** `12 exhausted, 3 refused` */
export const listed = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
