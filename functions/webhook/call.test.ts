import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hmacOptions } from '../../shared/webhooks/hmac/options.ts';
import { createScheme } from '../../shared/webhooks/hmac/scheme.ts';
import { httpEvent } from '../../test/support/http-event.ts';
import { reasonOf } from '../../test/support/webhooks.ts';
import { callOf, sourceIdOf } from './call.ts';

const secret = 'a-shared-secret-of-32-characters';
const scheme = createScheme(hmacOptions.parse({ signature: { header: 'sig' } }));

/** As API Gateway hands on what was sent with a right signature. */
function handedOn(body: Buffer, encoding: 'utf8' | 'base64') {
  const sig = createHmac('sha256', secret).update(body).digest('hex');
  const event = httpEvent({ method: 'POST', path: '/v1/webhooks/own', headers: { sig } });
  const text = body.toString(encoding);
  return callOf({ ...event, body: text, isBase64Encoded: encoding === 'base64' });
}
const reasonFor = async (body: Buffer, encoding: 'utf8' | 'base64') =>
  reasonOf(await scheme.authenticate(handedOn(body, encoding), [secret], 0));

describe('the bytes that were signed', () => {
  const event = Buffer.from('{"type":"täken","data":"\\u0000"}\n');
  it.each(['utf8', 'base64'] as const)('are those that API Gateway hands on as %s', async (as) => {
    expect(handedOn(event, as).body).toEqual(event);
    expect(await reasonFor(event, as)).toBeUndefined();
  });

  it.each([
    ['half a character', Buffer.from([0x7b, 0x22, 0xc3, 0x22, 0x3a, 0x31, 0x7d])],
    ['another encoding', Buffer.from('\ufeff{"type":"x"}', 'utf16le')],
    ['nothing', Buffer.alloc(0)],
    ['one object too deep', Buffer.from('['.repeat(40) + ']'.repeat(40))],
    ['a name twice', Buffer.from('{"token":"a","token":"b"}')],
  ])('are refused, not read as something else, when they are %s', async (_, body) => {
    expect(await reasonFor(body, 'base64')).toBe('malformed');
  });
});

it.each([
  ['/v1/webhooks/own', 'own'],
  ['/v1/webhooks/own/', 'own'],
  ['/v1/webhooks/', undefined],
  ['/v1/webhooks/own/more', undefined],
  ['/v1/webhooks', undefined],
])('the path %s names the source %s', (path, id) => {
  expect(sourceIdOf(httpEvent({ method: 'POST', path }))).toBe(id);
});
