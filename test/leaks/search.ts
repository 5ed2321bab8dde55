/** Bytes that must agree for a hit: a part of a secret is a leak as well as the whole. */
const window = 12;
const factor = 16_777_619;

/** Names the secrets of which some form stands in the content; each as `secret in place`. */
export type Search = (place: string, content: Buffer | string) => string[];

/**
 * A search for many secrets at once, in one pass over what is searched (Rabin and Karp).
 *
 * @param secrets by a name that may be printed; each at least 16 characters long
 */
export function createSearch(secrets: ReadonlyMap<string, string>): Search {
  const wanted = new Map<number, { readonly name: string; readonly bytes: Buffer }[]>();
  for (const [name, secret] of secrets) {
    if (secret.length < 16) throw new Error(`${name} is too short to be looked for`);
    for (const form of formsOf(secret)) {
      const bytes = form.subarray(-window);
      const hash = bytes.reduce(roll, 0);
      wanted.set(hash, [...(wanted.get(hash) ?? []), { name, bytes }]);
    }
  }
  // What a byte weighs when it leaves the window.
  const leaving = Array.from({ length: window }).reduce<number>((f) => Math.imul(f, factor), 1);

  return (place, content) => {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const found = new Set<string>();
    let hash = 0;
    for (const [end, byte] of bytes.entries()) {
      hash = roll(hash, byte);
      if (end >= window) hash = (hash - Math.imul(bytes[end - window] ?? 0, leaving)) | 0;
      for (const { name, bytes: sought } of wanted.get(hash) ?? []) {
        if (bytes.subarray(end + 1 - window, end + 1).equals(sought)) found.add(name);
      }
    }
    return [...found].map((name) => `${name} in ${place}`);
  };
}

const roll = (hash: number, byte: number): number => (Math.imul(hash, factor) + byte) | 0;

/** The forms in which a secret might stand somewhere. */
export function formsOf(secret: string): Buffer[] {
  const bytes = Buffer.from(secret);
  const percent = encodeURIComponent(secret);
  const everyByte = [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  const hex = bytes.toString('hex');
  const texts = new Set([
    ...[secret, JSON.stringify(secret).slice(1, -1)],
    ...[percent, percent.replaceAll(/%../g, (code) => code.toLowerCase())],
    ...[everyByte, everyByte.toUpperCase(), hex, hex.toUpperCase()],
    ...[0, 1, 2].flatMap((shift) => [
      inner(bytes, shift, 'base64'),
      inner(bytes, shift, 'base64url'),
    ]),
  ]);
  return [...[...texts].map((text) => Buffer.from(text)), Buffer.from(secret, 'utf16le')];
}

/** Base64 of a text inside another begins at one of three offsets; the middle is the same. */
const inner = (bytes: Buffer, shift: number, encoding: 'base64' | 'base64url'): string =>
  Buffer.concat([Buffer.alloc(shift), bytes])
    .toString(encoding)
    .slice(4, -4);
