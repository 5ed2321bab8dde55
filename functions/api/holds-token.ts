import { fingerprint } from '../../shared/sealing/fingerprint.ts';
import type { SealingKeys } from '../../shared/sealing/keys.ts';

/** Shorter ones are looked for as words alone: by chance they may be a part of any. */
const leastInside = 8;

/**
 * Whether a text holds a token of which only the fingerprint is known: every stretch of its words is
 * tried, since a token may stand in a URL, in quotes or behind `token=`. One word of 500 characters has
 * 120,000, ordinary words a few each.
 *
 * @param prints keyed fingerprints
 */
export function holdsToken(text: string, prints: ReadonlySet<string>, keys: SealingKeys): boolean {
  if (prints.size === 0) return false;
  const isToken = (stretch: string) => prints.has(fingerprint(stretch, keys));
  return [...new Set([text, unescaped(text)])]
    .flatMap((each) => each.split(noToken))
    .some((word) => word.split(/[^\w~.+-]+/).some(isToken) || stretches(word).some(isToken));
}

/** What no token has in it: white space, control characters, all beyond ASCII. */
const noToken = /[^\x21-\x7e]+/;

function* stretches(text: string): Generator<string> {
  for (let from = 0; from <= text.length - leastInside; from += 1) {
    for (let to = from + leastInside; to <= text.length; to += 1) yield text.slice(from, to);
  }
}

/** As it was before it was put into a URL. */
export function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
