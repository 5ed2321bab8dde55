import type { Statement } from './statement.ts';

/** What keeps a genuine report from telling all of a revocation. */
export type Remark =
  /** It begins behind the first row. */
  | { readonly kind: 'begins-later'; readonly before: number }
  /** More pages follow. */
  | { readonly kind: 'goes-on' }
  /** Jobs have no outcome yet, or more may come. */
  | { readonly kind: 'unfinished'; readonly queued: number; readonly open: boolean }
  /** Outcomes came or changed between its first page and its last. */
  | { readonly kind: 'changed' }
  /** Grants of the person that the revocation does not revoke. */
  | { readonly kind: 'left-alive'; readonly grants: number }
  /** Another version wrote the text around its rows, so that this one cannot tell what it should be. */
  | { readonly kind: 'written-by-another'; readonly writtenBy: string };

/** @param before rows of the report that came before the first that is there */
export function remarksOn({ last, progress, tally }: Statement, before: number): Remark[] {
  const remarks: Remark[] = [];
  if (before > 0) remarks.push({ kind: 'begins-later', before });
  if (!last) remarks.push({ kind: 'goes-on' });
  if (progress === undefined) return remarks;
  const { status, counts, open, leftAlive = 0 } = progress;
  if (status !== 'completed') {
    remarks.push({ kind: 'unfinished', queued: counts.queued, open: open === true });
  } else if (last && !agree(tally, counts)) {
    remarks.push({ kind: 'changed' });
  }
  if (leftAlive > 0) remarks.push({ kind: 'left-alive', grants: leftAlive });
  return remarks;
}

function agree(tally: Statement['tally'], counts: NonNullable<Statement['progress']>['counts']) {
  const { total: _, ...byOutcome } = counts;
  const names = new Map(Object.entries(tally));
  return Object.entries(byOutcome).every(([name, count]) => names.get(name) === count);
}

/** A remark in a sentence. */
export function remarkText(remark: Remark): string {
  switch (remark.kind) {
    case 'begins-later':
      return `This is a part of the report: ${grouped(remark.before)} rows come before it.`;
    case 'goes-on':
      return 'This is a part of the report: more pages follow.';
    case 'unfinished':
      return `The revocation was unfinished when this was signed: ${grouped(remark.queued)} jobs had no outcome${remark.open ? ', and more could come' : ''}.`;
    case 'changed':
      return 'The revocation changed while the report was made: its rows do not add up to the counts. Make another.';
    case 'written-by-another':
      return `Its rows and its statement are genuine. The text around them was not checked: it says that ${remark.writtenBy} wrote it.`;
    case 'left-alive':
      return `Not everything of this person was revoked: ${grouped(remark.grants)} grants were left out, and their tokens may be alive.`;
  }
}

const grouped = (count: number): string => count.toLocaleString('en-US');
