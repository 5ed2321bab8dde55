/**
 * Does the same for each of many, some at a time: one person may have thousands of grants, and a table
 * that is asked for all of them at once answers none in time.
 *
 * @returns what came of each, in their order
 */
export async function fewAtOnce<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    results.push(...(await Promise.all(items.slice(start, start + atOnce).map(work))));
  }
  return results;
}
