import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSearch } from './search.ts';

const secret = `s+/%é"${randomBytes(24).toString('base64')}`;
const search = createSearch(
  new Map([
    ['mine', secret],
    ['another', randomBytes(24).toString('hex')],
  ]),
);
const bytes = Buffer.from(secret);

describe('the search finds a secret', () => {
  test.each([
    ['in clear', secret],
    ['as JSON', JSON.stringify({ token: secret })],
    ['URL-encoded', `?token=${encodeURIComponent(secret)}&x=1`],
    ['in a form', new URLSearchParams({ token: secret, x: '1' }).toString()],
    ['in hex', bytes.toString('hex')],
    ['in upper-case hex', bytes.toString('hex').toUpperCase()],
    ['in UTF-16', Buffer.from(`x${secret}`, 'utf16le')],
    ['in part', secret.slice(-15)],
  ])('%s', (_, text) => {
    expect(search('a text', text)).toEqual(['mine in a text']);
  });

  test('in base64 of any text around it', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.uint8Array({ maxLength: 40 }),
        fc.constantFrom('base64' as const, 'base64url' as const),
        (before, after, encoding) => {
          const text = Buffer.concat([before, bytes, after]).toString(encoding);
          expect(search('a text', `…${text}…`)).toEqual(['mine in a text']);
        },
      ),
    );
  });
});

test('and nothing where there is none', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 500 }), (noise) => {
      expect(search('noise', Buffer.from(noise))).toEqual([]);
    }),
  );
  expect(search('a text', [...secret].reverse().join(''))).toEqual([]);
});

test('a secret that is too short to be told from other text is refused', () => {
  expect(() => createSearch(new Map([['short', 'abc']]))).toThrow('short is too short');
});
