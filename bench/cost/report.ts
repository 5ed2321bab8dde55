import { requestCount } from '../../test/support/meter.ts';
import { type Line, logBytesOf, totalOf } from './bill.ts';
import type { Month } from './monthly.ts';
import { prices } from './prices.ts';
import type { Usage } from './usage.ts';

/** One design put through one scenario. */
export interface Run {
  readonly design: string;
  readonly scenario: string;
  readonly title: string;
  readonly usage: Usage;
  /** Of a million jobs. */
  readonly bill: readonly Line[];
}

type Cell = string | number;

/** Prints a table as Markdown has it; numbers stand to the right. */
function printTable(head: readonly string[], rows: readonly (readonly Cell[])[]): void {
  const text = (cell: Cell) => (typeof cell === 'number' ? whole(cell) : cell);
  const cells = [head, ...rows].map((row) => row.map(text));
  const widths = head.map((_, column) =>
    Math.max(...cells.map((row) => (row[column] ?? '').length)),
  );
  const isNumber = head.map((_, column) => rows.every((row) => isFigure(row[column])));
  const print = (row: readonly string[]) =>
    console.log(
      `| ${row.map((cell, column) => (isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join(' | ')} |`,
    );
  const [first = [], ...rest] = cells;
  print(first);
  console.log(
    `| ${widths.map((width, column) => (isNumber[column] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`,
  );
  for (const row of rest) print(row);
  console.log();
}

const isFigure = (cell: Cell | undefined): boolean =>
  typeof cell === 'number' || /^(\$[\d.,]+|–|)$/.test(cell ?? '');

const whole = (value: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 1 : 0 });

const money = (dollars: number): string => `$${dollars.toFixed(dollars < 0.1 ? 3 : 2)}`;

export function printReport(runs: readonly Run[]): void {
  const perThousand = ({ usage }: Run, value: number) => (value * 1000) / usage.jobs;

  console.log('Per 1,000 revocations:\n');
  printTable(
    [
      'load',
      'design',
      'AWS requests',
      'write units',
      'read units',
      'SQS billed',
      'invocations',
      'billed s',
      'log KB',
      'stored KB',
      'took s',
    ],
    runs.map((run) => {
      const { tally, api, worker, stored, seconds } = run.usage;
      return [
        run.title,
        run.design,
        ...[
          requestCount(tally),
          tally.writeUnits,
          tally.readUnits,
          tally.sqsUnits,
          api.count + worker.count,
          api.seconds + worker.seconds,
          logBytesOf(run.usage) / 1000,
          stored.bytes / 1000,
          seconds,
        ].map((value) => perThousand(run, value)),
      ];
    }),
  );

  console.log('AWS requests per 1,000 revocations, by operation:\n');
  for (const [title, same] of groups(runs)) {
    const names = [...new Set(same.flatMap(({ usage }) => Object.keys(usage.tally.requests)))];
    printTable(
      [title, ...same.map(({ design }) => design)],
      [
        ...names
          .sort()
          .map((name) => [
            name,
            ...same.map((run) => perThousand(run, run.usage.tally.requests[name] ?? 0)),
          ]),
        ['in all', ...same.map((run) => perThousand(run, requestCount(run.usage.tally)))],
        [
          'of these, receives in vain',
          ...same.map((run) => perThousand(run, run.usage.tally.emptyReceives)),
        ],
      ],
    );
  }

  console.log('Bill of 1,000,000 revocations:\n');
  for (const [title, same] of groups(runs)) {
    const names = [...new Set(same.flatMap(({ bill }) => bill.map(({ what }) => what)))];
    const cost = (run: Run, name: string) => {
      const found = run.bill.find(({ what }) => what === name);
      return found === undefined ? '–' : money(found.dollars);
    };
    printTable(
      [title, ...same.map(({ design }) => design)],
      [
        ...names.map((name) => [name, ...same.map((run) => cost(run, name))]),
        ['in all', ...same.map(({ bill }) => money(totalOf(bill)))],
      ],
    );
  }
}

const groups = (runs: readonly Run[]): [string, Run[]][] => [
  ...Map.groupBy(runs, ({ title }) => title),
];

export function printMonthly({ idle, busy }: Month): void {
  const rows = (lines: readonly Line[]) =>
    lines.map(({ what, quantity, dollars }) => [what, quantity, money(dollars)]);
  console.log('A month of the stack with the four providers of providers.json:\n');
  printTable(
    ['what', 'quantity', 'cost'],
    [
      ...rows(idle),
      ['an idle month', '', money(totalOf(idle))],
      ...rows(busy),
      ['busy in every hour, at most', '', money(totalOf([...idle, ...busy]))],
    ],
  );
}

export function printPrices(): void {
  console.log('Prices, us-east-1:\n');
  printTable(
    ['of', 'US dollars', 'for', 'first-hand', 'read at'],
    Object.values(prices).map(({ dollars, per, unit, source, firstHand }) => [
      unit,
      `$${dollars}`,
      per,
      firstHand ? 'yes' : 'no',
      source,
    ]),
  );
}
