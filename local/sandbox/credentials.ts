import { createHash } from 'node:crypto';

/**
 * Text that looks random but is the same on every start, so that a configuration written for a
 * sandbox on a fixed port still fits after a restart. It guards nothing.
 */
export const stableText = (label: string, length: number): string =>
  createHash('sha512').update(`rescind sandbox ${label}`).digest('hex').slice(0, length);
