import { describe, expect, it } from 'vitest';
import { jsonPath, selectText } from './json-path.ts';

const event = JSON.parse(
  '{"data":{"tokens":[{"value":"a"},{"value":"b"}],"id":7,"large":9007199254740993,"half":1.5,"empty":"","none":null}}',
);

describe('a path', () => {
  it.each([
    ['$.data.tokens[*].value', ['a', 'b']],
    ['$.data.tokens[?@.value == "b"].value', ['b']],
    ['$.data.id', ['7']],
    ['$..value', ['a', 'b']],
    ['$[?$.data.id == 7].id', ['7']],
    // Another number than was sent: it would be another person's.
    ['$.data.large', []],
    ['$.data.half', []],
    ['$.data.empty', []],
    ['$.data.none', []],
    ['$.data.missing', []],
    ['$.data', []],
    ['$.toString', []],
    ['$.__proto__', []],
  ])('%s finds %j', (path, found) => {
    expect(jsonPath.safeParse(path).success).toBe(true);
    expect(selectText(path, event)).toEqual(found);
  });

  it('finds what is in a list as well', () => {
    expect(selectText('$.emails', { emails: ['a@b.c', 'd@e.f'] })).toEqual(['a@b.c', 'd@e.f']);
  });

  it('compares with single values: a large object would be gone through for each member', () => {
    let looks = 0;
    const current = new Proxy(
      {},
      {
        ownKeys: () => {
          looks += 1;
          return [];
        },
      },
    );
    const list = Array.from({ length: 100 }, () => ({ a: {}, id: 'x' }));
    for (const path of ['$.list[?@.a == $.current].id', '$.list[?@.a == $].id']) {
      expect(jsonPath.safeParse(path).success).toBe(true);
      expect(selectText(path, { current, list })).toEqual([]);
    }
    expect(looks).toBe(0);
    const byId = '$.list[?@.id == $.one.id].id';
    expect(selectText(byId, { one: { id: 'x' }, list })).toHaveLength(100);
  });

  it.each([
    '',
    'data.token',
    '$.data[',
    '$.a.b c',
    '$[?nothing(@.a)]',
    '$[?@.a || match(@.b, "(a+)+")]',
    // These take time by the square of an event, or worse.
    '$..a..b',
    '$..[?@..b]',
    '$.a[?$.b]',
    '$.a[?!@[?$..b]]',
    '$[*,*][*,*][*,*][*,*][*,*]',
  ])('%j is refused when the configuration is read', (path) => {
    const [issue] = jsonPath.safeParse(path).error?.issues ?? [];
    expect(issue?.message).toContain('RFC 9535');
  });
});
