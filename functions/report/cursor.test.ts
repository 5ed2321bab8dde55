import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newRevocationId } from '../../shared/domain/revocation.ts';
import { Problem } from '../../shared/http/problem.ts';
import { cursorsOf, nothingRead } from './cursor.ts';

const key = new Uint8Array(32).fill(1);
const id = newRevocationId();
const cursors = cursorsOf(key, id);
const read = {
  ...nothingRead(id),
  after: { part: 3, slice: 17 },
  rows: 80,
  tally: { ...nothingRead(id).tally, revoked: 79, parked: 1 },
};

test('a cursor tells how far the report was read', () => {
  expect(cursors.decode(cursors.encode(read))).toEqual(read);
});

test('a cursor fits into a request line beside everything else', () => {
  expect(cursors.encode(read).length).toBeLessThan(600);
});

describe('refused is', () => {
  const refused = (cursor: string) => {
    expect(() => cursors.decode(cursor)).toThrow(Problem);
  };

  test.each([
    ['another revocation’s', cursorsOf(key, newRevocationId())],
    ['one of another seed', cursorsOf(new Uint8Array(32).fill(2), id)],
  ])('%s', (_, others) => {
    refused(others.encode(read));
  });

  test('one with any character changed, left out or added', () => {
    const cursor = cursors.encode(read);
    const character = fc.constantFrom(...'AZaz09-_.=');
    fc.assert(
      fc.property(fc.nat(cursor.length - 1), character, fc.nat(2), (at, other, cut) => {
        const changed = cursor.slice(0, at) + other + cursor.slice(at + cut);
        fc.pre(changed !== cursor);
        refused(changed);
      }),
    );
  });

  test('one whose payload is another’s', () => {
    const [payload = '', mac = ''] = cursors.encode(read).split('.');
    const rows = Buffer.from(payload, 'base64url').toString().replace('"rows":80', '"rows":79');
    refused(`${Buffer.from(rows).toString('base64url')}.${mac}`);
  });

  test.each(['', '.', '..', 'e30.', '%00', '[1]', 'e30.AAAA'])('%j', (text) => {
    refused(text);
  });

  test('whatever text there may be', () => {
    fc.assert(fc.property(fc.string(), refused));
  });
});
