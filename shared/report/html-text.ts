/**
 * Characters that a page would not show, or that would change how others are shown: controls, marks of
 * direction, fillers, tags and what else has no width, and separators of lines. Each stands there as its number, and how often
 * it comes in a row: a page of nothing else is no longer than one of other signs.
 */
const unseen =
  // What makes an emoji of a sign is seen.
  /((?!\ufe0f)[\p{Cc}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\ufff9-\ufffb])\1*/gu;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const characters: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>' };

/** Text as HTML that shows all of it. `textOf` gives it back. */
export const htmlOf = (text: string): string =>
  text
    .replace(/[&<>]/g, (sign) => entities[sign] ?? sign)
    .replace(unseen, (run: string, sign: string) => {
      const count = run.length / sign.length;
      const times = count === 1 ? '' : `*${count}`;
      return `<i>${sign.codePointAt(0)?.toString(16)}${times}</i>`;
    });

const written = /&(amp|lt|gt);|<i>([0-9a-f]{1,5})(?:\*(\d{1,5}))?<\/i>/g;

/** The text that HTML by `htmlOf` stands for; anything, for what it did not write. */
export const textOf = (html: string): string =>
  html.replace(written, (all, name?: string, number?: string, times = '1') =>
    number === undefined
      ? (characters[name ?? ''] ?? all)
      : String.fromCodePoint(Number.parseInt(number, 16)).repeat(Number(times)),
  );
