import { newRevocationId } from '../../shared/domain/revocation.ts';
import { firstHash, nextHash } from '../../shared/report/chain.ts';
import { columns } from '../../shared/report/columns.ts';
import type { ReportKeys } from '../../shared/report/keys.ts';
import type { ReportPage } from '../../shared/report/page.ts';
import { createSigner, generateReportSeed, type Signer } from '../../shared/report/signer.ts';
import type { Progress, Statement, Tally } from '../../shared/report/statement.ts';

/** Texts that try to be something else where they are shown. */
export const hostileTexts: readonly string[] = [
  '<script>alert(1)</script>',
  '</td></tr></tbody>',
  '"><img src=x onerror=alert(1)>',
  '&lt;b&gt; &amp; <i>41</i>',
  "=cmd|' /C calc'!A0",
  "'+1",
  'a,"b";c',
  'line\r\nline\nline\rline',
  '\u0000\u0007\u001b[2J\u0085\u009b',
  '\u202eright to left\u202c \u200b\ufeff',
  'مرحبا 漢字 👍 e\u0301',
  ' spaces  ',
  '],',
  'x'.repeat(128),
];

export interface ReportOptions {
  /** Refs, again and again. */
  readonly texts?: readonly string[];
  readonly outcomes?: readonly (keyof Tally)[];
  readonly label?: string;
  readonly rows?: number;
  readonly rowsPerPage?: number;
  readonly status?: Progress['status'];
  readonly leftAlive?: number;
  readonly signer?: Signer;
}

/** Pages as the function makes them, of rows that are made up. */
export async function aReport(
  options: ReportOptions = {},
): Promise<{ readonly pages: readonly ReportPage[]; readonly keys: ReportKeys }> {
  const { texts = ['user'], outcomes = ['revoked'], rows: count = 7, rowsPerPage = 100 } = options;
  const { label, status = 'completed', leftAlive } = options;
  const signer = options.signer ?? (await createSigner(generateReportSeed()));
  const id = newRevocationId();
  const tally = noRows();
  const all = { ...noRows(), total: count };
  for (let at = 0; at < count; at += 1) all[outcomes[at % outcomes.length] ?? 'revoked'] += 1;
  const pages: ReportPage[] = [];
  let hash = firstHash(id, columns);
  for (let before = 0; before === 0 || before < count; before += rowsPerPage) {
    const from = hash;
    const end = Math.min(count, before + rowsPerPage);
    const rows = Array.from({ length: end - before }, (_, n) => {
      const at = before + n;
      const outcome = outcomes[at % outcomes.length] ?? 'revoked';
      tally[outcome] += 1;
      const cells = cellsOf(at, outcome, texts[at % texts.length] ?? '');
      hash = nextHash(hash, cells);
      return { cells, hash };
    });
    const last = end === count;
    const statement: Statement = {
      format: 'rescind-report/1',
      iat: 1_800_000_000,
      began: '2027-01-15T08:00:00.000Z',
      revocation: { id, label, requestedBy: 'tester', createdAt: '2027-01-15T07:00:00.000Z' },
      ...((last || before === 0) && { progress: { status, counts: all, leftAlive } }),
      columns: [...columns],
      rowsBefore: before,
      rows: end,
      chain: { from, to: hash },
      tally: { ...tally },
      last,
    };
    const cursor = last ? undefined : String(end);
    // As it comes over the wire, where what is undefined is not there.
    pages.push({
      ...JSON.parse(JSON.stringify({ statement, rows })),
      jws: await signer.sign(statement),
      cursor,
    });
  }
  return { pages, keys: signer.keys };
}

const noRows = (): Tally => ({
  queued: 0,
  revoked: 0,
  already_invalid: 0,
  unsupported: 0,
  parked: 0,
  abandoned: 0,
  expired: 0,
});

function cellsOf(at: number, outcome: string, ref: string): string[] {
  const known: Readonly<Record<string, string>> = {
    part: String(Math.floor(at / 500)),
    index: String(at % 500),
    ref,
    provider: 'polar',
    outcome,
    evidence: outcome === 'revoked' ? 'accepted' : '',
    attempts: '1',
    redrives: '0',
    httpStatus: '200',
    fingerprint: '8WvA0c2Q5Yw',
    updatedAt: '2027-01-15T07:30:00.000Z',
  };
  return columns.map((column) => known[column] ?? '');
}
