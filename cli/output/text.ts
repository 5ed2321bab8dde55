/** Control characters, which a terminal would obey: refs and labels come from anybody. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** One line of text that is safe to print. */
export const printable = (text: string): string => text.replace(control, '\ufffd');

/** JSON in one line, of which a terminal obeys nothing. It reads back as the same. */
export const jsonLine = (value: unknown): string =>
  `${JSON.stringify(value).replace(control, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;

/** In single quotes, for any of the shells. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** A word as a shell is given it: in quotes only where it needs them. */
export const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : quoted(text);

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u;
const unseen = /^[\p{Mn}\p{Me}\p{Cf}]$/u;

/** Columns that a text takes on a terminal, near enough for a table. */
export const widthOf = (text: string): number => {
  let width = 0;
  for (const character of text) {
    if (!unseen.test(character)) width += wide.test(character) ? 2 : 1;
  }
  return width;
};

/** `1,234,567` */
export const grouped = (count: number): string => count.toLocaleString('en-US');

/** `1 job`, `2 jobs` */
export const counted = (count: number, noun: string): string =>
  `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
