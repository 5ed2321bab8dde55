/** A set of line numbers, at a bit a line. */
export interface LineSet {
  readonly add: (line: number) => void;
  readonly has: (line: number) => boolean;
  readonly size: () => number;
  /** Base64; undefined when it is empty. */
  readonly toText: () => string | undefined;
}

/** @param text as `toText` gave it */
export function createLineSet(text = ''): LineSet {
  let bits: Uint8Array = Buffer.from(text, 'base64');
  let size = bits.reduce((sum, byte) => sum + ones(byte), 0);
  const has = (line: number) => (((bits[line >> 3] ?? 0) >> (line & 7)) & 1) === 1;
  return {
    has,
    size: () => size,
    add: (line) => {
      if (has(line)) return;
      const at = line >> 3;
      if (at >= bits.length) {
        const larger = new Uint8Array(Math.max(at + 1, bits.length * 2));
        larger.set(bits);
        bits = larger;
      }
      bits[at] = (bits[at] ?? 0) | (1 << (line & 7));
      size += 1;
    },
    toText: () => (size === 0 ? undefined : Buffer.from(bits).toString('base64')),
  };
}

const ones = (byte: number): number => byte.toString(2).replaceAll('0', '').length;
