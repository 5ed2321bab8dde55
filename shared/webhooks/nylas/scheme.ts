import { createHmac } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import * as z from 'zod';
import { anySame } from '../compare.ts';
import { entryOf } from '../entry.ts';
import { digestOf, eventBody, typeIn } from '../event-body.ts';
import { type Answer, type Authenticated, type Call, refused, type Scheme } from '../scheme.ts';

/**
 * Nylas v3 notifications: https://developer.nylas.com/docs/v3/notifications/. The signature is the
 * hexadecimal HMAC-SHA256 of the body as it was sent, which is compressed where that was asked for.
 */
export const entry = entryOf('nylas', z.strictObject({}).prefault({}));

/** The envelope is a CloudEvent whose `time` is in epoch seconds. */
const envelope = z.object({ id: z.string().min(1).max(255).optional(), time: z.int().optional() });

/** Nylas gives an endpoint up after three days, so nothing older is a repetition of its own. */
const oldestSeconds = 3 * 86_400;
const mostAheadSeconds = 300;

/** What a compressed body may become. */
const maximumBytes = 4 * 1024 * 1024;

export const createScheme = (): Scheme => ({
  secretProblem: (secret) => (secret.length < 16 ? 'must be a webhook_secret of Nylas' : undefined),
  challenge,
  authenticate,
});

/** The handshake comes before there is a secret: the very value, as text, within ten seconds. */
function challenge({ method, query }: Call): Answer | undefined {
  const value = query.challenge ?? '';
  if (method !== 'GET' || !/^[\x20-\x7e]{1,1024}$/.test(value)) return undefined;
  return {
    statusCode: 200,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    },
    body: value,
  };
}

function authenticate(call: Call, secrets: readonly string[], now: number): Authenticated {
  const { headers, body } = call;
  const signature = headers['x-nylas-signature'];
  if (signature === undefined) return refused('unsigned');
  const expected = secrets.map((secret) => createHmac('sha256', secret).update(body).digest('hex'));
  if (!anySame(expected, signature)) return refused('wrong-signature');
  const event = eventBody(inflated(call));
  const known = envelope.safeParse(event);
  if (event === undefined || !known.success) return refused('malformed');
  const { id = digestOf(body), time = now } = known.data;
  if (time < now - oldestSeconds || time > now + mostAheadSeconds) return refused('stale');
  return {
    kind: 'authentic',
    delivery: { id, events: [{ type: typeIn(event, '$.type'), data: event }] },
  };
}

function inflated({ headers, body }: Call): Buffer {
  if (headers['content-encoding'] !== 'gzip') return body;
  try {
    return gunzipSync(body, { maxOutputLength: maximumBytes });
  } catch {
    return Buffer.alloc(0);
  }
}
