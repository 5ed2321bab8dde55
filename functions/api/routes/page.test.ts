import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { collectPage, type GroupedList, type Start } from './page.ts';

interface Group {
  readonly place: number;
  readonly rows: readonly string[];
}

/** A list as the table keeps it; counts the groups that are read. */
function listOf(groups: readonly Group[], keep: (row: string) => boolean) {
  const fetched: number[] = [];
  const list: GroupedList<Pick<Group, 'place'>, Group, string> = {
    fetch: async (count, after) => {
      const behind = groups.filter(({ place }) => after === undefined || place > after.place);
      fetched.push(count);
      return { groups: behind.slice(0, count), more: behind.length > count };
    },
    rowsOf: ({ rows }) => rows,
    keep,
  };
  return { list, fetched };
}

/** Groups of up to 25 rows, each row named once. */
const someGroups = fc.array(fc.nat(25), { maxLength: 30 }).map((sizes) =>
  sizes.map((size, place) => ({
    place,
    rows: Array.from({ length: size }, (_, row) => `${place}.${row}`),
  })),
);

/** All pages, as a caller follows them. */
async function follow(list: ReturnType<typeof listOf>['list'], limit: number) {
  const pages: string[][] = [];
  let start: Start<Pick<Group, 'place'>> | undefined;
  do {
    const { items, next } = await collectPage(list, limit, start);
    pages.push(items);
    start = next;
  } while (start !== undefined);
  return pages;
}

describe('collectPage', () => {
  test('hands out every row that is to be kept once, in order, and no page above its limit', async () => {
    await fc.assert(
      fc.asyncProperty(
        someGroups,
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 9 }),
        async (groups, limit, nth) => {
          const keep = (row: string) => Number(row.split('.')[1]) % nth === 0;
          const pages = await follow(listOf(groups, keep).list, limit);
          expect(pages.flat()).toEqual(groups.flatMap(({ rows }) => rows).filter(keep));
          for (const page of pages) expect(page.length).toBeLessThanOrEqual(limit);
          // Short of its end, and of the groups it may read, a list hands out full pages.
          for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
        },
      ),
    );
  });

  test('an empty list is an empty page, and its end', async () => {
    expect(await collectPage(listOf([], () => true).list, 10)).toEqual({
      items: [],
      next: undefined,
    });
  });

  test('a page that ends with the last row is the last one', async () => {
    const groups = [{ place: 0, rows: ['a', 'b'] }];
    expect(await collectPage(listOf(groups, () => true).list, 2)).toEqual({
      items: ['a', 'b'],
      next: undefined,
    });
  });

  test('a place that lies behind the rows of its group, as a forged one may, is passed over', async () => {
    const groups = [
      { place: 0, rows: ['a'] },
      { place: 1, rows: ['b'] },
    ];
    const { items } = await collectPage(listOf(groups, () => true).list, 5, {
      after: undefined,
      skip: 99,
    });
    expect(items).toEqual(['b']);
  });

  test('a rare row does not make one call read everything', async () => {
    // Prepare
    const groups = Array.from({ length: 1000 }, (_, place) => ({ place, rows: ['x'] }));
    groups[700] = { place: 700, rows: ['rare'] };
    const { list, fetched } = listOf(groups, (row) => row === 'rare');

    // Act
    const first = await collectPage(list, 10);

    // Assess: nothing found yet, and the way to go on.
    expect(first.items).toEqual([]);
    expect(first.next).toBeDefined();
    expect(fetched.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(400);
    expect((await follow(list, 10)).flat()).toEqual(['rare']);
  });
});
