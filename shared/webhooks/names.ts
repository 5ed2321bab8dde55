import type { Found, Place } from './json-path.ts';

/** Names that a path has found, looked up by the place of what is to be named. */
interface Node {
  /** The first name at this place or below. */
  readonly first: string;
  readonly below: Map<string | number, Node>;
  /** Whether it is a list, of which members have names. */
  isList: boolean;
}

/** Longer names of members are no common place: comparing them with each other would take its time. */
const maximumKey = 256;

/**
 * Says what to call something by its place: by the name that is nearest, which is the first one in the
 * smallest object or list that holds both. Of a list whose members have names of their own, a member
 * without one goes without.
 */
export function namesOf(found: readonly Found[]): (place: Place) => string | undefined {
  let root: Node | undefined;
  for (const { text, place } of found) {
    root ??= nodeOf(text);
    let at = root;
    for (const key of place) {
      if (isTooLong(key)) break;
      if (typeof key === 'number') at.isList = true;
      const next = at.below.get(key) ?? nodeOf(text);
      at.below.set(key, next);
      at = next;
    }
  }
  return (place) => {
    let at = root;
    for (const key of place) {
      if (at === undefined || isTooLong(key)) break;
      const next = at.below.get(key);
      if (next === undefined) return at.isList ? undefined : at.first;
      at = next;
    }
    return at?.first;
  };
}

const nodeOf = (first: string): Node => ({ first, below: new Map(), isList: false });

const isTooLong = (key: string | number): boolean =>
  typeof key === 'string' && key.length > maximumKey;
