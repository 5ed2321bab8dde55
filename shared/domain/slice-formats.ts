import * as z from 'zod';
import { Newer } from './newer.ts';
import { revocationIdPattern } from './revocation.ts';
import { type SliceMessage, sliceFormat, sliceMessage } from './slice.ts';

/** What a message's text turned out to be. */
export type SliceReading =
  /** A slice of any format that this version knows, as the current one has it. */
  | { readonly kind: 'slice'; readonly message: SliceMessage }
  /** Written by a newer version: to be left where it is. */
  | { readonly kind: 'newer'; readonly newer: Newer }
  /** Not a slice of ours, or a damaged one. */
  | { readonly kind: 'unreadable'; readonly reason: string };

/** All that is asked of a message before its format is known. */
const numbered = z.object({ v: z.int().min(1) });

const place = z.object({
  revocation: z.string().regex(revocationIdPattern),
  part: z.int().min(0),
  slice: z.int().min(0),
});

const format1 = sliceMessage.omit({ acceptedAt: true }).extend({ v: z.literal(1) });

/**
 * Reads a message of this format or an earlier one.
 *
 * @param sentAt SQS' `SentTimestamp` in epoch milliseconds; 0 or NaN where an emulator does not tell
 */
export function readSlice(body: string, sentAt: number): SliceReading {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { kind: 'unreadable', reason: 'not JSON' };
  }
  const format = numbered.safeParse(json).data?.v;
  if (format === undefined) return { kind: 'unreadable', reason: 'it names no format' };
  if (format > sliceFormat) {
    return { kind: 'newer', newer: new Newer('message', format, place.safeParse(json).data) };
  }
  const message = format === 1 ? fromFormat1(json, sentAt) : sliceMessage.safeParse(json).data;
  return message === undefined
    ? { kind: 'unreadable', reason: `not a slice of format ${format}` }
    : { kind: 'slice', message };
}

/** It lacked `acceptedAt`. Nothing sent jobs again then, so they were sent when they were accepted. */
function fromFormat1(json: unknown, sentAt: number): SliceMessage | undefined {
  const read = format1.safeParse(json).data;
  const acceptedAt = Math.floor((sentAt > 0 ? sentAt : Date.now()) / 1000);
  return read && { ...read, v: sliceFormat, acceptedAt };
}
