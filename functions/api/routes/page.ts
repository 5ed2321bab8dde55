/** Groups read at most for one page: a rare outcome must not make one call read a whole table. */
const maximumGroups = 400;
/** Rows that a group holds when it is full. */
const rowsPerGroup = 25;

/** Where a page starts: behind a group (undefined: at the beginning), and rows of the next to skip. */
export interface Start<Group> {
  readonly after: Group | undefined;
  readonly skip: number;
}

/** A list of rows that the table keeps in groups, one item a slice. */
export interface GroupedList<Group, Found extends Group, Row> {
  readonly fetch: (
    count: number,
    after: Group | undefined,
  ) => Promise<{ groups: readonly Found[]; more: boolean }>;
  readonly rowsOf: (group: Found) => readonly Row[];
  readonly keep: (row: Row) => boolean;
}

/**
 * Collects up to `limit` rows that are to be kept. A page may hold fewer, or none, and still have a
 * `next`: the list goes on behind it.
 */
export async function collectPage<Group, Found extends Group, Row>(
  { fetch, rowsOf, keep }: GroupedList<Group, Found, Row>,
  limit: number,
  start: Start<Group> = { after: undefined, skip: 0 },
): Promise<{ items: Row[]; next: Start<Group> | undefined }> {
  const items: Row[] = [];
  let { after, skip } = start;
  for (let read = 0; read < maximumGroups; ) {
    const wanted = Math.min(
      maximumGroups - read,
      Math.ceil((limit - items.length) / rowsPerGroup) + 1,
    );
    const { groups, more } = await fetch(wanted, after);
    read += Math.max(1, groups.length);
    for (const group of groups) {
      const rows = rowsOf(group);
      for (let used = skip; used < rows.length; used += 1) {
        const row = rows[used];
        if (row === undefined || !keep(row)) continue;
        if (items.length === limit) return { items, next: { after, skip: used } };
        items.push(row);
      }
      after = group;
      skip = 0;
    }
    if (!more) return { items, next: undefined };
  }
  return { items, next: { after, skip } };
}
