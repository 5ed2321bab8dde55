import { fingerprint } from '../../shared/sealing/fingerprint.ts';
import type { SealingKeys } from '../../shared/sealing/keys.ts';

/** Shorter ones are looked for as words alone: by chance they may be a part of any. */
const leastInside = 8;

/**
 * Whether a text holds a token of which only the fingerprint is known: every stretch of it is tried,
 * since a token may stand in a URL, in quotes or behind `token=`. A text of 500 characters has 120,000.
 *
 * @param prints keyed fingerprints
 */
export function holdsToken(text: string, prints: ReadonlySet<string>, keys: SealingKeys): boolean {
  const isToken = (stretch: string) => prints.has(fingerprint(stretch, keys));
  return [text, unescaped(text)].some(
    (each) => each.split(/[^\w~.+-]+/).some(isToken) || stretches(each).some(isToken),
  );
}

function* stretches(text: string): Generator<string> {
  for (let from = 0; from <= text.length - leastInside; from += 1) {
    for (let to = from + leastInside; to <= text.length; to += 1) yield text.slice(from, to);
  }
}

/** As it was before it was put into a URL. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
