import { expect, it } from 'vitest';
import { checked, keysOf, pagesOf } from '../support/report-pages.ts';
import { openTarget } from './target.ts';

const target = openTarget();

it('a report of what was revoked checks by the key that is published', async () => {
  const issued = await target.provider('polar').issue({ count: 30 });
  const { revocation } = await target.revoke(
    issued.map(({ token, type }, n) => ({
      provider: 'polar',
      token,
      tokenType: type,
      ref: `report-${n}`,
    })),
  );
  const pages = await pagesOf(target.api, revocation.id, 25);
  const { statement, rows } = checked(pages, await keysOf(target.api));
  expect(statement).toMatchObject({
    revocation: { id: revocation.id, requestedBy: revocation.requestedBy },
    progress: { status: 'completed', counts: revocation.counts },
  });
  expect(new Set(rows.map(({ ref }) => ref)).size).toBe(30);
  for (const row of rows) expect(row).toMatchObject({ outcome: 'revoked', evidence: 'accepted' });
  for (const format of ['csv', 'html']) {
    const answer = await target.api(`/v1/revocations/${revocation.id}/report?format=${format}`);
    expect(answer.headers.get('content-type')).toBe(`text/${format}; charset=utf-8`);
    const text = await answer.text();
    for (const { fingerprint = '' } of rows) expect(text).toContain(fingerprint);
    for (const { token } of issued) expect(text).not.toContain(token);
  }
});
