/** `npm run demo`: a thousand live tokens at five providers, and how they die. */
import { parseArgs } from 'node:util';
import { lookAgain } from './hint.ts';
import { bars, lines, silent } from './progress.ts';
import { type Report, type Result, runDemo } from './run.ts';

const usage = `Usage: npm run demo -- [--tokens N] [--json]

  --tokens N  how many tokens the five providers issue together (default 1000)
  --json      print one JSON object instead of a table`;

const columns = ['total', 'revoked', 'alreadyInvalid', 'parked', 'stillAlive'] as const;

const totalsOf = ({ providers }: Report): Result => {
  const sum = (column: (typeof columns)[number]) =>
    [...providers.values()].reduce((total, result) => total + result[column], 0);
  return {
    total: sum('total'),
    revoked: sum('revoked'),
    alreadyInvalid: sum('alreadyInvalid'),
    parked: sum('parked'),
    stillAlive: sum('stillAlive'),
  };
};

function printTable(report: Report): void {
  const heads = ['provider', 'total', 'revoked', 'already invalid', 'parked', 'still alive'];
  const rows = [...report.providers, ['all', totalsOf(report)] as const].map(([id, result]) => [
    id,
    ...columns.map((column) => String(result[column])),
  ]);
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ');
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  console.log(
    ['', line(heads), rule, ...rows.slice(0, -1).map(line), rule, line(rows.at(-1) ?? [])].join(
      '\n',
    ),
  );
}

function printVerdict(report: Report): void {
  const { survivors, unaccounted, seconds, dataDirectory } = report;
  const foreign = totalsOf(report).stillAlive - survivors;
  console.log(`\nTook ${seconds.toFixed(1)} s.`);
  if (foreign > 0) {
    console.log(
      `Still alive and another client’s, which alone can revoke them: ${foreign}. They are parked, not forgotten.`,
    );
  }
  if (survivors > 0) console.log(`FAILED: ${survivors} tokens of ours are still alive.`);
  if (unaccounted > 0) console.log(`FAILED: ${unaccounted} jobs have no outcome.`);
  const [start, look] = lookAgain(dataDirectory);
  console.log(`\nThe records are in ${dataDirectory}. To look at them:\n  ${start}`);
  console.log(`and, once that is ready, in another terminal:\n  ${look}`);
}

function printJson(report: Report): void {
  const { providers, seconds } = report;
  console.log(
    JSON.stringify({ totals: totalsOf(report), providers: Object.fromEntries(providers), seconds }),
  );
}

try {
  const { values } = parseArgs({
    options: {
      tokens: { type: 'string', default: '1000' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    process.exit(0);
  }
  if (!/^[1-9]\d{0,6}$/.test(values.tokens)) throw new Error('--tokens must be a positive number');
  const progress = values.json
    ? silent()
    : process.stdout.isTTY
      ? bars()
      : lines((line) => console.log(line));
  if (!values.json) {
    console.log('Starting Rescind and five providers, and having them issue tokens …\n');
  }
  const report = await runDemo(Number(values.tokens), progress);
  if (values.json) printJson(report);
  else {
    printTable(report);
    printVerdict(report);
  }
  process.exitCode = report.survivors === 0 && report.unaccounted === 0 ? 0 : 1;
} catch (error) {
  console.error(`rescind demo: ${error instanceof Error ? error.message : error}\n\n${usage}`);
  // Not every server can be known to have started, or to have stopped.
  process.exit(2);
}
