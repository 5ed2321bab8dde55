import type * as z from 'zod';
import type { HttpAnswer, Send } from '../providers/adapter.ts';
import { TransportFault } from '../providers/faults.ts';

/** A sender's public keys could not be read, and none that were read before may still serve. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
}

/** A list of public keys that its owner publishes. */
export interface RemoteKeys<Keys> {
  /**
   * The list as read in the last ten minutes. With `fresh`, as read in the last minute, or longer where
   * that has brought nothing new before: whoever sends made-up key ids cannot make us ask more often.
   *
   * @throws KeysUnavailable
   */
  readonly read: (options?: { fresh?: boolean }) => Promise<Keys>;
}

const maximumAgeMs = 10 * 60_000;
const freshMs = 60_000;
/** After a failure the owner is left alone for a while. */
const pauseMs = 10_000;
/** Keys that cannot be read again still serve for a day. */
const staleMs = 86_400_000;

interface Held<Keys> {
  readonly keys: Keys;
  readonly body: string;
  readonly etag: string | undefined;
  readonly readAt: number;
}

/**
 * @param url from the configuration, never from a call
 * @param send follows no redirect and reads at most 64 KiB
 * @param parse throws when the body is no list of keys
 * @param now epoch milliseconds
 */
export function createRemoteKeys<Keys>(
  url: string,
  send: Send,
  parse: (body: string) => Keys,
  now: () => number = Date.now,
): RemoteKeys<Keys> {
  let held: Held<Keys> | undefined;
  let triedAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  let freshAfterMs = freshMs;

  const refresh = async (): Promise<void> => {
    triedAt = now();
    const answer = await ask(url, send, held?.etag);
    if (answer?.status === 304 && held !== undefined) held = { ...held, readAt: now() };
    if (answer?.status !== 200 || answer.unreadable === true) return;
    const { body } = answer;
    try {
      const keys = held?.body === body ? held.keys : parse(body);
      held = { keys, body, etag: answer.headers.etag, readAt: now() };
    } catch {
      // Something else than keys: as good as no answer.
    }
  };

  /** Owners count who asks: one who is asked every minute may answer nobody before long. */
  const refreshFor = async (fresh: boolean): Promise<void> => {
    const known = held?.body;
    await refresh();
    const inVain = fresh && held?.body === known;
    freshAfterMs = inVain ? Math.min(2 * freshAfterMs, maximumAgeMs) : freshMs;
  };

  return {
    read: async ({ fresh = false } = {}) => {
      const age = now() - (held?.readAt ?? Number.NEGATIVE_INFINITY);
      const wait = fresh && held !== undefined ? freshAfterMs : pauseMs;
      if (age >= (fresh ? freshAfterMs : maximumAgeMs) && now() - triedAt >= wait) {
        reading ??= refreshFor(fresh && held !== undefined).finally(() => {
          reading = undefined;
        });
      }
      await reading;
      if (held !== undefined && now() - held.readAt < staleMs) return held.keys;
      throw new KeysUnavailable('the keys of a sender could not be read');
    },
  };
}

async function ask(
  url: string,
  send: Send,
  etag: string | undefined,
): Promise<HttpAnswer | undefined> {
  try {
    return await send({
      method: 'GET',
      url,
      headers: {
        accept: 'application/json',
        ...(etag !== undefined && { 'if-none-match': etag }),
      },
    });
  } catch (error) {
    if (error instanceof TransportFault) return undefined;
    throw error;
  }
}

/** JSON of a schema. @throws Error when it is not */
export const parsedBy =
  <T>(schema: z.ZodType<T>) =>
  (body: string): T =>
    schema.parse(JSON.parse(body));
