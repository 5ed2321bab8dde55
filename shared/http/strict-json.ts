/** Objects and lists within one another. A submission has four. */
export const maximumDepth = 32;

/** Why a text is refused that `JSON.parse` would take. Quotes nothing of it. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault';
}

/**
 * What a JSON text says, where it says one thing only. RFC 8259 leaves open what a name means that
 * comes twice in an object: another parser would have revoked another token than we.
 *
 * @throws JsonFault saying what is wrong
 */
export function parseJson(text: string): unknown {
  try {
    check(text);
    const value: unknown = JSON.parse(text);
    return value;
  } catch (error) {
    throw error instanceof JsonFault ? error : new JsonFault('The body could not be read as JSON.');
  }
}

/**
 * Walks a text that may or may not be JSON, without recursion and once. First of all: a second is
 * what the parser takes for two million lists within one another.
 */
function check(text: string): void {
  /** The names of each open object; undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    switch (text[at]) {
      case '{':
      case '[':
        if (open.length === maximumDepth) {
          throw new JsonFault(`The body nests deeper than ${maximumDepth} objects and lists.`);
        }
        open.push(text[at] === '{' ? new Set() : undefined);
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case '"': {
        const end = endOfString(text, at);
        const string = read(text.slice(at, end));
        if (isName(text, end)) note(string, open.at(-1));
        at = end - 1;
        break;
      }
    }
  }
}

/** @returns the place behind the closing quote */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

function read(quoted: string): string {
  if (!quoted.includes('\\')) return quoted.slice(1, -1);
  const string = String(JSON.parse(quoted));
  if (string.isWellFormed()) return string;
  throw new JsonFault('The body has a string with half of a surrogate pair, which is no text.');
}

function isName(text: string, end: number): boolean {
  let at = end;
  while (/\s/.test(text.charAt(at))) at += 1;
  return text[at] === ':';
}

function note(name: string, names: Set<string> | undefined): void {
  // Schemas pass over it, so what it holds would be dropped without a word.
  if (name === '__proto__') throw new JsonFault('The body has an object with a name __proto__.');
  if (names?.has(name) === true) {
    throw new JsonFault('The body has an object with the same name twice. Send each name once.');
  }
  names?.add(name);
}
