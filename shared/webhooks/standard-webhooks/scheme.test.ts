import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { Webhook as Svix } from 'svix';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { damaged, reasonOf, webhookCall } from '../../../test/support/webhooks.ts';
import { createScheme } from './scheme.ts';

const scheme = createScheme({ type: '$.type' });
const secretOf = () => `whsec_${randomBytes(24).toString('base64')}`;
const secret = secretOf();
const now = 1_800_000_000;
const body = '{"type":"token.leaked","data":{"token":"polar_at_u_ä"}}';

// The senders' libraries look at the clock themselves.
beforeAll(() => void vi.useFakeTimers({ now: now * 1000, toFake: ['Date'] }));
afterAll(() => void vi.useRealTimers());

function signed(by = secret, at = now, id = 'msg_1') {
  const signature = new Webhook(by).sign(id, new Date(at * 1000), body);
  return webhookCall({
    headers: { 'webhook-id': id, 'webhook-timestamp': String(at), 'webhook-signature': signature },
    body,
  });
}

const authenticate = (call: ReturnType<typeof webhookCall>, secrets = [secret]) =>
  Promise.resolve(scheme.authenticate(call, secrets, now));

it('takes what the reference library signs', async () => {
  expect(await authenticate(signed())).toEqual({
    kind: 'authentic',
    delivery: { id: 'msg_1', events: [{ type: 'token.leaked', data: JSON.parse(body) }] },
  });
});

it('takes what Svix signs, under its own header names', async () => {
  const signature = new Svix(secret).sign('msg_2', new Date(now * 1000), body);
  const headers = { 'svix-id': 'msg_2', 'svix-timestamp': `${now}`, 'svix-signature': signature };
  expect(await authenticate(webhookCall({ headers, body }))).toMatchObject({
    delivery: { id: 'msg_2' },
  });
});

it('takes either secret while one is being replaced, and one good signature of several', async () => {
  const other = secretOf();
  expect(reasonOf(await authenticate(signed(other), [secret, other]))).toBeUndefined();
  const call = signed();
  const several = `v1a,AAAA v1,AAAA ${call.headers['webhook-signature']}`;
  const headers = { ...call.headers, 'webhook-signature': several };
  expect(reasonOf(await authenticate({ ...call, headers }))).toBeUndefined();
});

describe('refuses', () => {
  it.each([
    ['another secret', signed(secretOf()), 'wrong-signature'],
    ['a signature five minutes old', signed(secret, now - 301), 'stale'],
    ['one from the future', signed(secret, now + 301), 'stale'],
    ['no signature', webhookCall({ body }), 'unsigned'],
  ])('%s', async (_, call, reason) => {
    expect(reasonOf(await authenticate(call))).toBe(reason);
  });

  it('a signature of a version that is not verified', async () => {
    const call = signed();
    const signature = String(call.headers['webhook-signature']).replace('v1,', 'v2,');
    const headers = { ...call.headers, 'webhook-signature': signature };
    expect(reasonOf(await authenticate({ ...call, headers }))).toBe('wrong-signature');
  });

  it('whatever was damaged on its way', async () => {
    const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
    await fc.assert(
      fc.asyncProperty(damaged(signed(), names), async (call) => {
        expect((await authenticate(call)).kind).toBe('refused');
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    '',
    'whsec_',
    'whsec_AAAA',
    `${secretOf()}=`,
    `whsec_${'A'.repeat(35)}`,
    `sk_${randomBytes(24).toString('base64')}`,
  ])('the secret %j', (weak) => {
    expect(scheme.secretProblem?.(weak)).toContain('whsec_');
  });

  it('what is signed with an empty key, even if that were the secret', async () => {
    const signature = createHmac('sha256', '').update(`msg_1.${now}.${body}`).digest('base64');
    const call = signed();
    const headers = { ...call.headers, 'webhook-signature': `v1,${signature}` };
    expect(reasonOf(await authenticate({ ...call, headers }, ['whsec_', '']))).toBe(
      'wrong-signature',
    );
  });

  it('no secret of 24 bytes', () => {
    expect(scheme.secretProblem?.(secret)).toBeUndefined();
  });
});
