/** A seeded source of choices: the same seed, the same choices. */
export interface Random {
  /** In [0, 1). */
  readonly next: () => number;
  /** A whole number from `low` to `high`, both included. */
  readonly int: (low: number, high: number) => number;
  readonly chance: (probability: number) => boolean;
  /** @throws Error of an empty list */
  readonly pick: <Item>(items: readonly Item[]) => Item;
  readonly shuffled: <Item>(items: readonly Item[]) => Item[];
  /** A source of its own for one concern, so that what others draw does not change it. */
  readonly fork: (label: string) => Random;
}

export function createRandom(seed: number): Random {
  let state = seed | 0;
  /** Mulberry32. */
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const int = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    int,
    chance: (probability) => next() < probability,
    pick: (items) => {
      const item = items[int(0, items.length - 1)];
      if (item === undefined) throw new Error('there is nothing to pick from');
      return item;
    },
    shuffled: (items) => {
      const left = [...items];
      const drawn: typeof left = [];
      while (left.length > 0) drawn.push(...left.splice(int(0, left.length - 1), 1));
      return drawn;
    },
    fork: (label) => createRandom(hash(`${seed}/${label}`)),
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) {
    value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return value;
}

/** Deals from a shuffled deck, and from a new one when it is empty: everything has its turn. */
export function createDeck<Card>(cards: readonly Card[], random: Random) {
  let left: Card[] = [];
  return (count: number): Card[] => {
    const hand: Card[] = [];
    while (hand.length < Math.min(count, cards.length)) {
      if (left.length === 0) left = random.shuffled(cards);
      const card = left.find((each) => !hand.includes(each)) ?? left[0];
      if (card === undefined) break;
      left = left.filter((each) => each !== card);
      if (!hand.includes(card)) hand.push(card);
    }
    return hand;
  };
}
