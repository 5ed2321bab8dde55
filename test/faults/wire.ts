import { STATUS_CODES } from 'node:http';
import type { RelayedAnswer } from './relay.ts';

/** An answer as bytes, with only the headers given: its length may be a lie, or untold. */
export function rawAnswer(
  { status, headers, body }: RelayedAnswer,
  more: Readonly<Record<string, string>> = {},
): Buffer {
  const lines = Object.entries({ ...headers, ...more }).map(([name, value]) => `${name}: ${value}`);
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines, '', ''].join('\r\n');
  return Buffer.concat([Buffer.from(head), body]);
}
