import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aReport, hostileTexts } from '../../test/support/report-documents.ts';
import { htmlPage, htmlPolicy, htmlRow } from './html.ts';
import { htmlOf, textOf } from './html-text.ts';

const hash = 'ab'.repeat(32);

test('every text comes back, and none of it is markup or unseen', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...hostileTexts, '\u007f'.repeat(1024)),
    fc
      .array(fc.constantFrom('\u007f', '\u202e', '\u3164', '\u{e0041}', 'a', '*2'), {
        maxLength: 9,
      })
      .map((parts) => parts.join('')),
    fc
      .array(fc.constantFrom('<i>', '</i>', '&', 'amp;', 'lt;', '41', '<'), { maxLength: 6 })
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (given) => {
      const html = htmlOf(given);
      expect(textOf(html)).toBe(given);
      expect(html.length).toBeLessThanOrEqual(Buffer.byteLength(JSON.stringify(given)) * 5);
      expect(html.replaceAll(/<i>[0-9a-f]+(\*\d+)?<\/i>/g, '')).not.toMatch(
        /[<>\p{Cc}\u202a-\u202e]/u,
      );
    }),
  );
});

test('a row is one line, whatever is in it', () => {
  const row = htmlRow({ cells: [...hostileTexts], hash });
  expect(row.indexOf('\n')).toBe(row.length - 1);
});

test('nothing in it runs or is loaded, and its one style is the one that the policy permits', async () => {
  const label = '<script>alert(1)</script>';
  const { pages } = await aReport({ texts: hostileTexts, rows: hostileTexts.length, label });
  for (const page of pages) {
    const html = htmlPage(page);
    expect(html).not.toMatch(/<(script|img|iframe|object|embed|link|form|base|a|svg)\b/i);
    expect(html).not.toMatch(/<[^>]*\s(on\w+|style|src|href)=/i);
    const styles = [...html.matchAll(/<style>([^<]*)<\/style>/g)].map(([, text = '']) => text);
    expect(styles.length).toBe(1);
    const digest = createHash('sha256').update(styles.join()).digest('base64');
    expect(htmlPolicy).toContain(`'sha256-${digest}'`);
    expect(htmlPolicy).toMatch(/^default-src 'none';/);
  }
});

test('tells at the top what is missing or alive', async () => {
  const { pages } = await aReport({
    outcomes: ['revoked', 'parked'],
    leftAlive: 2,
    rowsPerPage: 3,
  });
  const [first, last] = [pages.at(0), pages.at(-1)].map((page) => (page ? htmlPage(page) : ''));
  expect(first).toContain('more pages follow');
  expect(last).toContain('2 grants were left out');
  expect(last).toContain('tokens may be alive');
  expect(last).toContain('rows come before it');
});
