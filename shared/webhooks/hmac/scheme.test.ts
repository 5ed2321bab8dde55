import { createHash, createHmac } from 'node:crypto';
import { sign } from '@octokit/webhooks-methods';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { damaged, reasonOf, webhookCall } from '../../../test/support/webhooks.ts';
import { type HmacOptions, hmacOptions } from './options.ts';
import { createScheme } from './scheme.ts';

const secret = 'a-shared-secret-of-32-characters';
const now = 1_800_000_000;
const body = '{"type":"token.leaked","id":"evt_1","data":{"token":"t"}}';

/** https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
const github: HmacOptions = hmacOptions.parse({
  signature: { header: 'X-Hub-Signature-256', prefix: 'sha256=' },
});
/** https://docs.slack.dev/authentication/verifying-requests-from-slack */
const slack: HmacOptions = hmacOptions.parse({
  signature: { header: 'X-Slack-Signature', prefix: 'v0=' },
  timestamp: { header: 'X-Slack-Request-Timestamp' },
  signed: 'v0:{timestamp}:{body}',
});
/** https://docs.stripe.com/webhooks#verify-manually */
const stripe: HmacOptions = hmacOptions.parse({
  signature: { header: 'Stripe-Signature', separator: ',', prefix: 'v1=' },
  timestamp: { header: 'Stripe-Signature', separator: ',', prefix: 't=' },
  signed: '{timestamp}.{body}',
  id: { path: '$.id' },
});

const hmac = (text: string, by = secret) => createHmac('sha256', by).update(text).digest('hex');
const authenticate = (options: HmacOptions, call: ReturnType<typeof webhookCall>) =>
  Promise.resolve(createScheme(options).authenticate(call, [secret], now));

const slackCall = (at = now) =>
  webhookCall({
    headers: {
      'x-slack-signature': `v0=${hmac(`v0:${at}:${body}`)}`,
      'x-slack-request-timestamp': String(at),
    },
    body,
  });
const stripeCall = (at = now, signatures = `v1=${hmac(`${at}.${body}`)}`) =>
  webhookCall({ headers: { 'stripe-signature': `t=${at},${signatures}` }, body });

describe('takes', () => {
  it('what GitHub’s own library signs, known by its bytes', async () => {
    const headers = { 'x-hub-signature-256': await sign(secret, body) };
    const taken = await authenticate(github, webhookCall({ headers, body }));
    expect(taken).toMatchObject({
      kind: 'authentic',
      delivery: { id: createHash('sha256').update(body).digest('hex') },
    });
  });

  it('a signature over time and body', async () => {
    expect(await authenticate(slack, slackCall())).toMatchObject({
      delivery: { events: [{ type: 'token.leaked' }] },
    });
  });

  it('the same body at another signed time as another event', async () => {
    const ids = await Promise.all(
      [now, now - 60, now].map(async (at) => {
        const taken = await authenticate(slack, slackCall(at));
        return taken.kind === 'authentic' ? taken.delivery.id : taken.reason;
      }),
    );
    expect(new Set(ids).size).toBe(2);
  });

  it('several signatures in one header, with the time', async () => {
    const good = hmac(`${now}.${body}`);
    const old = hmac(`${now}.${body}`, 'the secret before this one');
    for (const call of [stripeCall(), stripeCall(now, `v1=${old},v1=${good},v0=${old}`)]) {
      expect(await authenticate(stripe, call)).toMatchObject({ delivery: { id: 'evt_1' } });
    }
  });

  it('an id that is signed as well, and Base64', async () => {
    const options = hmacOptions.parse({
      signature: { header: 'sig', encoding: 'base64', algorithm: 'sha512' },
      id: { header: 'id' },
      signed: '{id}/{body}',
    });
    const sig = createHmac('sha512', secret).update(`7/${body}`).digest('base64');
    const call = webhookCall({ headers: { id: '7', sig }, body });
    expect(await authenticate(options, call)).toMatchObject({ delivery: { id: '7' } });
  });
});

describe('refuses', () => {
  it.each([
    ['no signature', slack, webhookCall({ body }), 'unsigned'],
    [
      'no time',
      stripe,
      webhookCall({ headers: { 'stripe-signature': 'v1=ab' }, body }),
      'unsigned',
    ],
    ['an old time', slack, slackCall(now - 301), 'stale'],
    ['a time to come', stripe, stripeCall(now + 301), 'stale'],
    ['another secret', stripe, stripeCall(now, `v1=${hmac('x')}`), 'wrong-signature'],
    [
      'two signatures that a proxy has joined',
      github,
      webhookCall({
        headers: { 'x-hub-signature-256': `sha256=${hmac(body)},sha256=${hmac(body)}` },
        body,
      }),
      'wrong-signature',
    ],
    ['an unknown prefix', stripe, stripeCall(now, `v0=${hmac(`${now}.${body}`)}`), 'unsigned'],
  ])('%s', async (_, options, call, reason) => {
    expect(reasonOf(await authenticate(options, call))).toBe(reason);
  });

  it.each([
    [slack, slackCall(), ['x-slack-signature', 'x-slack-request-timestamp']],
    [stripe, stripeCall(), ['stripe-signature']],
  ])('whatever was damaged on its way', async (options, call, headers) => {
    await fc.assert(
      fc.asyncProperty(damaged(call, headers), async (other) => {
        expect((await authenticate(options, other)).kind).toBe('refused');
      }),
      { numRuns: 500 },
    );
  });
});

describe('what would not prove anything is refused when the configuration is read:', () => {
  const signature = { header: 'sig' };
  const header = { header: 'other' };
  it.each([
    ['a time that is not signed', { signature, timestamp: header }],
    ['an id that is not signed', { signature, id: header }],
    ['a signed time that is nowhere', { signature, signed: '{timestamp}.{body}' }],
    ['no body', { signature, signed: 'body' }],
    ['a body in the middle', { signature, signed: '{body}.' }],
    ['placeholders side by side', { signature, timestamp: header, signed: '{timestamp}{body}' }],
    ['an unknown placeholder', { signature, signed: '{secret}.{body}' }],
    ['SHA-1', { signature: { ...signature, algorithm: 'sha1' } }],
  ])('%s', (_, options) => {
    expect(hmacOptions.safeParse(options).success).toBe(false);
  });
});
