import type { Reach } from '../../shared/providers/adapter.ts';
import type { Flaw } from '../input/row.ts';
import { createLineSet, type LineSet } from './line-set.ts';

/** One thing that is wrong, and where. */
export interface Complaint {
  /** Where the API knows it; a line's own may be a misplaced token. */
  readonly provider?: string | undefined;
  readonly field?: string | undefined;
  readonly detail: string;
  count: number;
  /** The first of the lines. */
  readonly lines: number[];
}

export interface ProviderFindings {
  jobs: number;
  /** Jobs by how much dies with their token. */
  readonly reach: Map<string, number>;
}

/** What a file holds, in as much memory for a million lines as for a few. */
export interface Findings {
  /** Lines that can be sent. */
  rows: number;
  /** Jobs that they make. */
  jobs: number;
  /** Requests that it took to ask about them. */
  parts: number;
  readonly providers: Map<string, ProviderFindings>;
  readonly complaints: Map<string, Complaint>;
  /** Lines with anything wrong. */
  flawed: number;
  /** Those of them that only the API could tell. */
  readonly refused: LineSet;
  repeated: number;
  readonly repeatedLines: number[];
}

export const noFindings = (): Findings => ({
  rows: 0,
  jobs: 0,
  parts: 0,
  providers: new Map(),
  complaints: new Map(),
  flawed: 0,
  refused: createLineSet(),
  repeated: 0,
  repeatedLines: [],
});

/** Lines that are named for each complaint. */
const namedLines = 5;
/** Kinds of complaints that are told apart. */
const complaintKinds = 200;

export function addFlaw(findings: Findings, flaw: Flaw, provider?: string): void {
  const { field, detail, line } = flaw;
  const key = JSON.stringify([provider, field, detail]);
  const isKnown = findings.complaints.has(key) || findings.complaints.size < complaintKinds;
  const place = isKnown ? key : 'others';
  const before = findings.complaints.get(place);
  if (before === undefined) {
    const about = isKnown ? { provider, field, detail } : { detail: 'something else' };
    findings.complaints.set(place, { ...about, count: 1, lines: [line] });
    return;
  }
  before.count += 1;
  if (before.lines.length < namedLines && !before.lines.includes(line)) before.lines.push(line);
}

export function addRepeat(findings: Findings, line: number): void {
  findings.repeated += 1;
  if (findings.repeatedLines.length < namedLines) findings.repeatedLines.push(line);
}

/** What a dry run says of one provider. */
export interface Reached {
  readonly jobs: number;
  readonly reach: Readonly<Partial<Record<Reach | (string & {}), number>>>;
}

export function addProviders(
  { providers }: Findings,
  answer: Readonly<Record<string, Reached>>,
): void {
  for (const [id, { jobs, reach }] of Object.entries(answer)) {
    const own = providers.get(id) ?? { jobs: 0, reach: new Map<string, number>() };
    own.jobs += jobs;
    for (const [name, count = 0] of Object.entries(reach)) {
      own.reach.set(name, (own.reach.get(name) ?? 0) + count);
    }
    providers.set(id, own);
  }
}
