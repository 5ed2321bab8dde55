import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonFault, maximumDepth, parseJson } from './strict-json.ts';

const faultOf = (text: string): string | undefined => {
  try {
    parseJson(text);
  } catch (error) {
    if (error instanceof JsonFault) return error.message;
    throw error;
  }
  return undefined;
};

test('what is JSON is read as ever', () => {
  const text = fc
    .json()
    .filter(
      (json) => !json.includes('__proto__') && JSON.stringify(JSON.parse(json)).isWellFormed(),
    );
  fc.assert(
    fc.property(text, (json) => {
      expect(parseJson(json)).toEqual(JSON.parse(json));
    }),
  );
});

test('what is not, is a fault', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const isJson = (() => {
        try {
          JSON.parse(text);
          return true;
        } catch {
          return false;
        }
      })();
      if (!isJson) expect(faultOf(text)).toBeDefined();
    }),
  );
});

describe('nesting', () => {
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

  test.each([nested, objects])('is taken up to the limit', (make) => {
    expect(faultOf(make(maximumDepth))).toBeUndefined();
    expect(faultOf(make(maximumDepth + 1))).toContain(`deeper than ${maximumDepth}`);
  });

  test('of two million lists is refused, not a crash', () => {
    expect(faultOf(nested(2_000_000))).toContain('deeper');
  });

  test('is not what stands side by side, or in strings', () => {
    const wide = `[${Array(100).fill('[{}]').join()}, "${'['.repeat(100)}"]`;
    expect(faultOf(wide)).toBeUndefined();
  });
});

describe('a name that comes twice is refused', () => {
  test.each([
    '{"token":"a","token":"b"}',
    '{"token" : "a", "\\u0074oken"\n: "b"}',
    '{"":1,"":1}',
    '[{"a":{"b":1,"c":[],"b":2}}]',
    '{"a":{"x":1},"b":{"x":1},"a":0}',
  ])('%s', (text) => {
    expect(faultOf(text)).toContain('the same name twice');
  });

  test.each([
    '{"a":{"a":{"a":"a"}}}',
    '[{"a":1},{"a":1}]',
    '{"a":"b","b":"a"}',
    '{"a":"\\"a\\":","b":["a","a"]}',
    '{"a":"\\\\","b":"\\\\\\""}',
    '{"constructor":1,"toString":2}',
  ])('but not in %s', (text) => {
    expect(faultOf(text)).toBeUndefined();
  });
});

test.each(['"\\ud83d"', '{"a":["\\ude00\\ud83d"]}', '{"\\ud83d":1}'])(
  '%s holds no text',
  (text) => {
    expect(faultOf(text)).toContain('surrogate');
  },
);

test('whole surrogate pairs are text', () => {
  expect(parseJson('"\\ud83d\\ude00"')).toBe('😀');
});

test.each(['{"__proto__":{"a":1}}', '[{"\\u005f_proto__":1}]'])('%s is refused', (text) => {
  expect(faultOf(text)).toContain('__proto__');
});

test('a fault quotes nothing', () => {
  for (const text of ['{"token-4711":1,"token-4711":1}', 'token-4711', '"token-4711\\ud83d"']) {
    expect(faultOf(text)).not.toContain('4711');
  }
});
