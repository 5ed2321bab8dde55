import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { JsonFault, parseJson } from '../http/strict-json.ts';
import { selectText } from './json-path.ts';

/** An event's JSON object or list; undefined when it is none. */
export function eventBody(body: Buffer): object | undefined {
  if (!isUtf8(body)) return undefined;
  try {
    const value = parseJson(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof JsonFault) return undefined;
    throw error;
  }
}

/** The type that an event names itself; empty when it names none. */
export const typeIn = (event: object, path: string): string => selectText(path, event)[0] ?? '';

/** Stands for an event that has no id: a repetition is the same to the byte. */
export const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
