/**
 * Characters that a page would not show, or that would change how others are shown: controls, marks of
 * direction, what has no width, and separators of lines. Each stands there as its number, and how often
 * it comes in a row: a page of nothing else is no longer than one of other signs.
 */
const unseen =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  /([\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb])\1*/g;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>' };

/** Text as HTML that shows all of it. `textOf` gives it back. */
export const htmlOf = (text: string): string =>
  text
    .replace(/[&<>]/g, (sign) => entities[sign] ?? sign)
    .replace(unseen, (run: string, sign: string) => {
      const times = run.length === 1 ? '' : `*${run.length}`;
      return `<i>${sign.charCodeAt(0).toString(16)}${times}</i>`;
    });

const written = /&(amp|lt|gt);|<i>([0-9a-f]{1,4})(?:\*(\d{1,5}))?<\/i>/g;

/** The text that HTML by `htmlOf` stands for; anything, for what it did not write. */
export const textOf = (html: string): string =>
  html.replace(written, (all, name?: string, number?: string, times = '1') =>
    number === undefined
      ? (characters[name ?? ''] ?? all)
      : String.fromCharCode(Number.parseInt(number, 16)).repeat(Number(times)),
  );
