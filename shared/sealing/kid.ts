import { decodeProtectedHeader } from 'jose';

/** Which key an envelope was sealed with, by its header; undefined where it does not say. */
export function kidOf(sealed: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(sealed);
    return typeof kid === 'string' ? kid : undefined;
  } catch {
    return undefined;
  }
}
