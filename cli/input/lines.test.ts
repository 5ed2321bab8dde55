import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lines } from './lines.ts';

async function read(bytes: Uint8Array, chunk = 16) {
  const chunks = (async function* () {
    for (let at = 0; at < bytes.length; at += chunk) yield Buffer.from(bytes.slice(at, at + chunk));
  })();
  return (await Array.fromAsync(lines(chunks))).flat();
}

test('gives every line with its number, however the file is cut', async () => {
  const line = fc
    .string({ unit: 'grapheme', maxLength: 12 })
    .map((text) => text.replaceAll(/[\r\n\0]/g, 'x'));
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 8 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      async (texts, chunk, end, mark) => {
        const text = (mark ? '\ufeff' : '') + texts.map((each) => each + end).join('');
        expect(await read(Buffer.from(text), chunk)).toEqual(
          texts.map((each, at) => ({ number: at + 1, text: each })),
        );
      },
    ),
  );
});

test('the last line need not end', async () => {
  expect(await read(Buffer.from('a\nb'))).toEqual([
    { number: 1, text: 'a' },
    { number: 2, text: 'b' },
  ]);
});

describe('refuses what is not UTF-8, and says what to do', () => {
  test.each([
    ['UTF-16 with its mark', Buffer.from('\ufeffprovider,token', 'utf16le'), /UTF-16/],
    ['UTF-16 without', Buffer.from('provider,token', 'utf16le'), /UTF-16/],
    [
      'Latin-1',
      Buffer.from('provider,ref\npolar,a\npolar,M\u00fcller\n', 'latin1'),
      /^line 3: .*Latin-1/,
    ],
    ['a spreadsheet', Buffer.from('PK\u0003\u0004\u0000\u0000'), /no text/],
  ])('%s', async (_, bytes, message) => {
    await expect(read(bytes, 5)).rejects.toThrow(message);
    await expect(read(bytes, 4096)).rejects.toThrow(message);
  });
});

test('a line without an end is refused before it fills the memory', async () => {
  await expect(read(Buffer.alloc(400_000, 'x'), 65_536)).rejects.toThrow('256 KiB');
});
