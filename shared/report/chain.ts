import { createHash } from 'node:crypto';

/**
 * The chain of a report's rows, made so that twenty lines of any language can follow it: each hash is
 * SHA-256, in hex, of the one before, a line break, and the row's cells as JSON without spaces.
 */

/** Named in the first hash and in every statement. Another way of hashing is another format. */
export const reportFormat = 'rescind-report/1';

/** Where the chain of a revocation's report begins: binds the format, the revocation and the columns. */
export const firstHash = (revocation: string, columns: readonly string[]): string =>
  sha256(`${reportFormat}\n${revocation}\n${JSON.stringify(columns)}`);

/** @param hash the one before it, in hex */
export const nextHash = (hash: string, cells: readonly string[]): string =>
  sha256(`${hash}\n${JSON.stringify(cells)}`);

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
