import { decodeProtectedHeader } from 'jose';
import { version } from '../version.ts';
import { hashColumn } from './csv.ts';
import { columnClass, htmlPolicy, savedPolicy, style } from './html-style.ts';
import { htmlSummary } from './html-summary.ts';
import { htmlOf } from './html-text.ts';
import type { RenderPage, ReportPage, ReportRow } from './page.ts';
import type { Statement } from './statement.ts';

export { htmlPolicy };

/**
 * A page to be read and printed, without scripts. Every row is one line, and what stands around the rows
 * follows from the statement: so that a checker can tell whether anything was written into it.
 */
export const htmlPage: RenderPage = (page) =>
  `${htmlHead(page.statement)}${page.rows.map(htmlRow).join('')}${htmlFoot(page, page.statement.rowsBefore)}`;

/** Says nothing that only the last page of a report knows. */
export function htmlHead({ revocation, began, columns }: Statement): string {
  const { id, label, requestedBy, createdAt } = revocation;
  const names = [...columns, hashColumn];
  const titles = names.map((name) => `<th scope="col">${titleOf(name)}</th>`);
  const cols = names.map((name) => `<col class="${columnClass(name)}">`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${savedPolicy}">
<meta name="viewport" content="width=device-width">
<meta name="generator" content="${generator}">
<title>Revocation report ${htmlOf(id)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>Revocation report</h1>
${facts([
  ['Revocation', id],
  ['What it is for', label ?? 'not said'],
  ['Asked for by', requestedBy],
  ['Asked for at', createdAt],
  ['Report begun at', began],
])}
</header>
<table class="rows">
<colgroup>${cols.join('')}</colgroup>
<thead><tr>${titles.join('')}</tr></thead>
<tbody>
`;
}

export const generator = `Rescind ${version}`;

export const htmlRow = ({ cells, hash }: ReportRow): string =>
  `<tr>${[...cells, hash].map((cell) => `<td>${htmlOf(cell)}</td>`).join('')}</tr>\n`;

/** @param before rows of the report that came before the first that is shown */
export function htmlFoot(
  { statement, jws }: Pick<ReportPage, 'statement' | 'jws'>,
  before: number,
): string {
  const { iat, chain, format } = statement;
  return `</tbody>
</table>
${htmlSummary(statement, before)}
<section class="proof">
<h2>Proof</h2>
<p>Each row’s hash covers the row and the hash before it, so that no row can be altered, left out or moved without changing all that follow. Rescind has signed the last one, together with what is said at the top. <code>rescind check-report FILE --keys KEYS.json</code> checks it, without a network, by the public keys that <code>rescind report-keys</code> prints; docs/report.md of Rescind says how to check it without Rescind.</p>
${facts([
  ['Signed at', new Date(iat * 1000).toISOString()],
  ['Key', decodeProtectedHeader(jws).kid ?? ''],
  ['Format', format],
  ['Hash before its page', chain.from],
  ['Hash after the last row', chain.to],
])}
<p class="note mono" id="jws">${htmlOf(jws)}</p>
</section>
</body>
</html>
`;
}

const facts = (entries: readonly (readonly [string, string])[]): string =>
  `<dl class="facts">${entries.map(([name, value]) => `<dt>${name}</dt><dd>${htmlOf(value)}</dd>`).join('')}</dl>`;

/** `httpStatus` as `http status`. */
const titleOf = (column: string): string =>
  htmlOf(column).replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
