import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/**
 * Keeps other programs, and web pages that rebind their name to 127.0.0.1, out of the emulators.
 * The functions sign with an access key made for this run; its id is what the guard looks for.
 */
export interface Guard {
  readonly accessKeyId: string;
  readonly admits: (request: IncomingMessage) => boolean;
}

export function createGuard(): Guard {
  const accessKeyId = `LOCAL${randomBytes(16).toString('hex').toUpperCase()}`;
  return {
    accessKeyId,
    admits: ({ headers }) => {
      const credential = /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? '';
      return isLoopbackHost(headers.host) && sameText(credential, accessKeyId);
    },
  };
}

/** Whether a Host header names this machine's loopback, as only a direct caller's does. */
export const isLoopbackHost = (host: string | undefined): boolean =>
  /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(host ?? '');

/** Compares secrets in a time that tells nothing about them. */
export function sameText(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
