import { type Remark, remarksOn, remarkText } from './check-remarks.ts';
import { htmlOf } from './html-text.ts';
import { evidenceMeanings, limits, outcomeMeanings } from './html-words.ts';
import type { Statement } from './statement.ts';

/** What became of the revocation, and what the words mean. */
export function htmlSummary(statement: Statement, before: number): string {
  return `<section class="summary">
<h2>What became of it</h2>
${conclusion(statement)}${remarksOn(statement, before).map(note).join('')}
${outcomesTable(statement)}
<p>${Object.entries(evidenceMeanings)
    .map(([name, meaning]) => `<b>${name}</b>: ${meaning}`)
    .join(' ')}</p>
<p>${limits}</p>
</section>`;
}

const note = (remark: Remark): string => `<p class="note warn">${htmlOf(remarkText(remark))}</p>\n`;

function conclusion({ progress }: Statement): string {
  if (progress?.status !== 'completed') return '';
  const { counts, completedAt } = progress;
  const alive = counts.parked + counts.unsupported + counts.abandoned;
  const when = completedAt === undefined ? '' : ` at ${htmlOf(completedAt)}`;
  const said =
    alive === 0
      ? `Completed${when}: every token is dead.`
      : `Completed${when}: every job has an outcome, and ${alive.toLocaleString('en-US')} tokens may be alive.`;
  return `<p class="note ${alive === 0 ? 'good' : 'warn'}">${said}</p>\n`;
}

/** Jobs of the whole revocation where they are known, and the rows that this report has of them. */
function outcomesTable({ progress, tally, rows }: Statement): string {
  const jobs = new Map(Object.entries(progress?.counts ?? {}));
  const told = new Map(Object.entries(tally));
  const count = (value: number | undefined): string =>
    `<td class="count">${value?.toLocaleString('en-US') ?? 'not said'}</td>`;
  const lines = Object.entries(outcomeMeanings).map(
    ([name, meaning]) =>
      `<tr><td>${name.replaceAll('_', ' ')}</td>${count(jobs.get(name))}${count(told.get(name))}<td>${meaning}</td></tr>`,
  );
  return `<table>
<thead><tr><th>outcome</th><th class="count">jobs</th><th class="count">rows</th><th>means</th></tr></thead>
<tbody>
${lines.join('\n')}
<tr><th>all</th>${count(jobs.get('total'))}${count(rows)}<td>A job that was never tried has no row.</td></tr>
</tbody>
</table>`;
}
