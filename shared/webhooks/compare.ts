import { timingSafeEqual } from 'node:crypto';

/** Compares texts in a time that tells nothing of where they differ. Their length is no secret. */
export function sameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Whether any of the candidates is the text; all of them are compared. */
export const anySame = (candidates: readonly string[], text: string): boolean =>
  candidates.filter((candidate) => sameText(candidate, text)).length > 0;

/** Decodes Base64 that is spelt as it should be: others would be further names of the same bytes. */
export function strictBase64(text: string, encoding: 'base64' | 'base64url'): Buffer | undefined {
  const bytes = Buffer.from(text, encoding);
  return bytes.toString(encoding) === text ? bytes : undefined;
}
