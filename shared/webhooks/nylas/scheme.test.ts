import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { damaged, reasonOf, webhookCall } from '../../../test/support/webhooks.ts';
import { createScheme } from './scheme.ts';

const scheme = createScheme();
const secret = 'a-webhook-secret-of-nylas';
const now = 1_800_000_000;

/** As https://developer.nylas.com/docs/reference/notifications/grants/grant-expired/ has it. */
const event = {
  specversion: '1.0',
  type: 'grant.expired',
  source: '/nylas/system',
  id: 'notification-1',
  time: now - 60,
  webhook_delivery_attempt: 1,
  data: { application_id: 'app', object: { code: 25009, grant_id: 'grant-1', provider: 'google' } },
};

function signed(body: string | Buffer, headers: Record<string, string> = {}) {
  const signature = createHmac('sha256', secret).update(body).digest('hex');
  return webhookCall({ headers: { ...headers, 'x-nylas-signature': signature }, body });
}

const authenticate = (call: ReturnType<typeof webhookCall>) =>
  Promise.resolve(scheme.authenticate(call, ['another-secret-of-ours', secret], now));

it('takes a notification', async () => {
  expect(await authenticate(signed(JSON.stringify(event)))).toEqual({
    kind: 'authentic',
    delivery: { id: 'notification-1', events: [{ type: 'grant.expired', data: event }] },
  });
});

it('takes a compressed one, whose signature is over the compressed bytes', async () => {
  const body = gzipSync(JSON.stringify(event));
  const taken = await authenticate(signed(body, { 'content-encoding': 'gzip' }));
  expect(taken).toMatchObject({ delivery: { id: 'notification-1' } });
});

it('answers the handshake with the very challenge, before there is a secret', () => {
  const answer = scheme.challenge?.(
    webhookCall({ method: 'GET', query: { challenge: 'a <b>challenge</b>' } }),
  );
  expect(answer).toMatchObject({ statusCode: 200, body: 'a <b>challenge</b>' });
  expect(answer?.headers).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
  });
  expect(scheme.challenge?.(webhookCall({ method: 'GET' }))).toBeUndefined();
  expect(scheme.challenge?.(webhookCall({ query: { challenge: 'x' } }))).toBeUndefined();
});

describe('refuses', () => {
  it.each([
    ['no signature', webhookCall({ body: JSON.stringify(event) }), 'unsigned'],
    ['an old event', signed(JSON.stringify({ ...event, time: now - 4 * 86_400 })), 'stale'],
    ['one from the future', signed(JSON.stringify({ ...event, time: now + 400 })), 'stale'],
    ['no JSON', signed('nylas'), 'malformed'],
    [
      'what grows beyond measure',
      signed(gzipSync(Buffer.alloc(5 * 1024 * 1024, ' ')), { 'content-encoding': 'gzip' }),
      'malformed',
    ],
    ['what is not compressed', signed('{}', { 'content-encoding': 'gzip' }), 'malformed'],
  ])('%s', async (_, call, reason) => {
    expect(reasonOf(await authenticate(call))).toBe(reason);
  });

  it('whatever was damaged on its way', async () => {
    const call = signed(JSON.stringify(event));
    await fc.assert(
      fc.asyncProperty(damaged(call, ['x-nylas-signature']), async (other) => {
        expect(reasonOf(await authenticate(other))).toBe('wrong-signature');
      }),
      { numRuns: 500 },
    );
  });
});
