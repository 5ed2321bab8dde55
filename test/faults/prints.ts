/** Everything the functions print, as words that could be tokens. */
export interface Prints {
  readonly add: (text: string) => void;
  readonly holdsAny: (secrets: readonly string[]) => boolean;
}

export function createPrints(): Prints {
  const words = new Set<string>();
  return {
    add: (text) => {
      for (const [word] of text.matchAll(/[\w.\-~+/=]{12,}/g)) words.add(word);
    },
    holdsAny: (secrets) => {
      const wanted = new Set(secrets);
      return [...words].some((word) => wanted.has(word));
    },
  };
}
