import { createHash, createPublicKey, verify } from 'node:crypto';
import * as z from 'zod';
import type { Send } from '../../local/client.ts';
import { type ReportKeys, reportKeys } from '../../shared/report/keys.ts';
import { type ReportPage, reportPage } from '../../shared/report/page.ts';
import { type Statement, statement } from '../../shared/report/statement.ts';

/** All pages of a report in JSON. */
export async function pagesOf(send: Send, id: string, limit = 1000): Promise<ReportPage[]> {
  const pages: ReportPage[] = [];
  let cursor: string | undefined;
  do {
    const page = await pageOf(send, id, { limit: String(limit), ...(cursor && { cursor }) });
    pages.push(page);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return pages;
}

export async function pageOf(
  send: Send,
  id: string,
  query: Readonly<Record<string, string>> = {},
): Promise<ReportPage> {
  const answer = await send(`/v1/revocations/${id}/report?${new URLSearchParams(query)}`);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`answered ${answer.status}: ${text}`);
  return reportPage.parse(JSON.parse(text));
}

export const keysOf = async (send: Send): Promise<ReportKeys> =>
  reportKeys.parse(await (await send('/v1/report-keys')).json());

/**
 * Checks a whole report as a stranger would, with nothing of Rescind's own.
 *
 * @returns what the last page's signature is about, and the rows that it signs
 * @throws Error where the signature or the chain does not hold
 */
export function checked(
  pages: readonly ReportPage[],
  { keys }: ReportKeys,
): { statement: Statement; rows: Record<string, string>[] } {
  const [header = '', payload = '', signature = ''] = pages.at(-1)?.jws.split('.') ?? [];
  const { kid } = z.object({ kid: z.string() }).parse(parsed(header));
  const key = createPublicKey({ key: { ...keys.find((each) => each.kid === kid) }, format: 'jwk' });
  const signed = Buffer.from(`${header}.${payload}`);
  if (!verify(null, signed, key, Buffer.from(signature, 'base64url'))) throw new Error('signature');

  const told = statement.parse(parsed(payload));
  const rows = pages.flatMap((page) => page.rows.map(({ cells }) => cells));
  let hash = sha256(`rescind-report/1\n${told.revocation.id}\n${JSON.stringify(told.columns)}`);
  for (const row of rows) hash = sha256(`${hash}\n${JSON.stringify(row)}`);
  if (hash !== told.chain.to || rows.length !== told.rows) throw new Error('chain');
  return {
    statement: told,
    rows: rows.map((row) =>
      Object.fromEntries(told.columns.map((name, at) => [name, row[at] ?? ''])),
    ),
  };
}

const parsed = (part: string): unknown =>
  JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
