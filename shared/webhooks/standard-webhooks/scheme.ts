import { createHmac } from 'node:crypto';
import * as z from 'zod';
import { anySame, strictBase64 } from '../compare.ts';
import { entryOf, toleranceSeconds } from '../entry.ts';
import { eventBody, typeIn } from '../event-body.ts';
import { jsonPath } from '../json-path.ts';
import { type Authenticated, type Call, refused, type Scheme } from '../scheme.ts';

const options = z
  .strictObject({
    type: jsonPath.default('$.type').describe('Where an event names its type'),
  })
  .prefault({});

/** Standard Webhooks 1.0 with symmetric signatures (`v1`), which Svix calls by names of its own. */
export const entry = entryOf('standard-webhooks', options);

/** The specification asks for 24 to 64 random bytes. */
const minimumKeyBytes = 24;

export const createScheme = ({ type }: z.infer<typeof options>): Scheme => ({
  secretProblem,
  authenticate: (call, secrets, now) => authenticate(call, secrets, now, type),
});

/** @returns undefined for what is no key: nothing may ever be verified with an empty one */
function keyOf(secret: string): Buffer | undefined {
  if (!secret.startsWith('whsec_')) return undefined;
  const key = strictBase64(secret.slice('whsec_'.length), 'base64');
  return key === undefined || key.length < minimumKeyBytes ? undefined : key;
}

const secretProblem = (secret: string): string | undefined =>
  keyOf(secret) === undefined
    ? `must be whsec_ and the Base64 of at least ${minimumKeyBytes} bytes`
    : undefined;

function authenticate(
  { headers, body }: Call,
  secrets: readonly string[],
  now: number,
  typePath: string,
): Authenticated {
  const prefix = headers['svix-id'] === undefined ? 'webhook' : 'svix';
  const id = headers[`${prefix}-id`] ?? '';
  const timestamp = headers[`${prefix}-timestamp`] ?? '';
  const signature = headers[`${prefix}-signature`] ?? '';
  if (!/^[\x21-\x7e]{1,255}$/.test(id) || !/^\d{1,12}$/.test(timestamp) || signature === '') {
    return refused('unsigned');
  }
  if (Math.abs(now - Number(timestamp)) > toleranceSeconds) return refused('stale');
  const expected = secrets
    .flatMap((secret) => keyOf(secret) ?? [])
    .map((key) =>
      createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64'),
    );
  // Several while the sender's key is being replaced.
  const given = signature.split(' ').flatMap((one) => /^v1,(.+)$/.exec(one)?.[1] ?? []);
  if (!given.some((one) => anySame(expected, one))) return refused('wrong-signature');
  const event = eventBody(body);
  if (event === undefined) return refused('malformed');
  return {
    kind: 'authentic',
    delivery: { id, events: [{ type: typeIn(event, typePath), data: event }] },
  };
}
