import { reaches } from '../../shared/providers/adapter.ts';
import type { Flaw } from '../input/row.ts';
import { csvLine } from '../output/csv.ts';
import { table } from '../output/table.ts';
import { counted, grouped, printable } from '../output/text.ts';
import type { Complaint, Findings } from './findings.ts';

/** What a check has found, for people. */
export function report(findings: Findings): string {
  const { rows, jobs, flawed, repeated, repeatedLines } = findings;
  const pairsNote = jobs > rows ? `, ${counted(jobs, 'job')} with both tokens of each pair` : '';
  return [
    `${counted(rows, 'line')} can be sent${pairsNote}.\n`,
    providersTable(findings),
    flawed === 0 ? '' : `\n${counted(flawed, 'line')} cannot be sent:\n`,
    ...complaintsOf(findings).map(complaintText),
    repeated === 0
      ? ''
      : `\n${counted(repeated, 'line')} ${repeated === 1 ? 'repeats' : 'repeat'} a token of a line before (${linesText(repeatedLines, repeated)}). Each is revoked and counted by itself, which does no harm.\n`,
  ].join('');
}

/** For each provider how many jobs, and how much dies with their tokens. */
function providersTable({ providers }: Findings): string {
  if (providers.size === 0) return '';
  const rows = [...providers].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const used = [...reaches, 'other'].filter((name) =>
    rows.some(([, { reach }]) => reach.has(name)),
  );
  return `\n${table<(typeof rows)[number]>(
    [
      { title: 'provider', cell: ([id]) => id },
      { title: 'jobs', cell: ([, { jobs }]) => jobs },
      ...used.map((name) => ({
        title: name === 'undocumented' ? 'undocumented' : `kills ${name}`,
        cell: ([, { reach }]: (typeof rows)[number]) => reach.get(name) ?? 0,
      })),
    ],
    rows,
  )}`;
}

export const complaintsOf = ({ complaints }: Findings): readonly Complaint[] =>
  [...complaints.values()].toSorted((a, b) => b.count - a.count);

function complaintText({ provider, field, detail, count, lines }: Complaint): string {
  const what = [field, detail].filter((part) => part !== undefined).join(' ');
  const where = provider === undefined ? '' : `${provider}: `;
  return `  ${printable(`${where}${what}`)} (${linesText(lines, count)})\n`;
}

function linesText(lines: readonly number[], count: number): string {
  const named = lines.toSorted((a, b) => a - b).join(', ');
  const rest = count > lines.length ? ` and ${grouped(count - lines.length)} more` : '';
  return `${count === 1 ? 'line' : 'lines'} ${named}${rest}`;
}

/** The same for programs. */
export const findingsJson = (findings: Findings) => ({
  lines: findings.rows + findings.flawed,
  rows: findings.rows,
  jobs: findings.jobs,
  invalid: findings.flawed,
  repeated: findings.repeated,
  providers: Object.fromEntries(
    [...findings.providers].map(([id, { jobs, reach }]) => [
      id,
      { jobs, reach: Object.fromEntries(reach) },
    ]),
  ),
  problems: complaintsOf(findings),
});

/** A line of the full report, which `--report` writes. */
export const flawTitles = csvLine(['line', 'field', 'problem']);
export const flawLine = ({ line, field, detail }: Flaw): string => csvLine([line, field, detail]);
