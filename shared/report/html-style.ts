import { createHash } from 'node:crypto';

/** How wide the columns are, beside each other; others have 5. */
const widths: Readonly<Record<string, number>> = {
  part: 3,
  index: 3.5,
  ref: 8,
  tokenType: 6,
  outcome: 6.5,
  evidence: 5.5,
  attempts: 5,
  redrives: 4.5,
  httpStatus: 4,
  detail: 8,
  fingerprint: 7.5,
  decidedBy: 7,
  decisionNote: 8,
  updatedAt: 7,
  hash: 8,
};

/** Of a column: a policy that lets no styles in but these permits no attributes. */
export const columnClass = (name: string): string => `w${(widths[name] ?? 5) * 2}`;

const columnWidths = [...new Set([5, ...Object.values(widths)])]
  .map((width) => `.w${width * 2}{width:${width}%}`)
  .join('');

/** The summary stands behind the rows, where it is known, and is shown before them. */
export const style = `
:root{font:10pt/1.4 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;color:#16202a;background:#fff}
body{display:flex;flex-direction:column;margin:2rem;gap:1.2rem}
header{order:0;border-bottom:2px solid #16202a}
.summary{order:1}.rows{order:2}.proof{order:3}
h1{font-size:1.7em;margin:0 0 .4em}h2{font-size:1.15em;margin:0 0 .4em}p{margin:.3em 0;max-width:60em}
.facts{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:.15em 1.2em;margin:0 0 .8em}
.facts dt{color:#51606e}.facts dd{margin:0}
dd,td,.note{overflow-wrap:anywhere;white-space:pre-wrap;unicode-bidi:isolate}
code,.mono{font-family:ui-monospace,"SF Mono",Consolas,"DejaVu Sans Mono",monospace;font-size:.92em}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.25em .45em;border:1px solid #cdd5dc}
th{background:#eef2f5;font-weight:600}
.count{text-align:right;white-space:nowrap}
.rows{table-layout:fixed;font-size:7pt;line-height:1.3}
.rows td,.rows th{padding:.2em .3em;overflow-wrap:anywhere}
.rows tbody tr:nth-child(even){background:#f7f9fa}
.rows td:last-child{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:5.5pt;color:#51606e}
.note{border-left:4px solid #7a8793;background:#f2f5f7;padding:.5em .8em;margin:.5em 0}
.warn{border-color:#b3261e;background:#fdeceb}
.good{border-color:#1d7a43;background:#eaf6ee}
i{font:italic .85em ui-monospace,monospace;color:#b3261e;border:1px solid #e3b1ae;border-radius:2px;padding:0 .1em}
i::before{content:"U+"}
${columnWidths}
@media print{
@page{size:A4 landscape;margin:12mm}
:root{font-size:9pt}body{margin:0;gap:.8em}
.rows{font-size:6pt}.rows td:last-child{font-size:4.5pt}
thead{display:table-header-group}tr,.note,.facts{break-inside:avoid}h2{break-after:avoid}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}
}
`;

const hash = createHash('sha256').update(style).digest('base64');

/** Of the page: nothing is loaded, and nothing runs. */
export const htmlPolicy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** For a page that was saved; a meta element cannot say who may frame it. */
export const savedPolicy = htmlPolicy.replace("; frame-ancestors 'none'", '');
