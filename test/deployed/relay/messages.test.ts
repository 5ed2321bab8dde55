import { describe, expect, it } from 'vitest';
import { httpEvent } from '../../support/http-event.ts';
import { answerOf, requestOf } from './messages.ts';

const id = 'b1e9c2f4-3f0a-4d57-9d8e-6f1d1c2b3a4d';
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('an event becomes a request', () => {
  it('for the server that the path names after the secret, with path, query and body as they came', () => {
    const event = {
      ...httpEvent({ method: 'DELETE', path: '/s3cret/mollie/oauth2/tokens' }),
      rawQueryString: 'a=1&a=%2F&b',
      headers: { authorization: 'Basic Zm9v', 'content-type': 'text/plain' },
      body: 'token=x',
    };

    expect(requestOf(event, id, 7)).toEqual({
      id,
      sentAt: 7,
      server: 'mollie',
      method: 'DELETE',
      target: '/oauth2/tokens?a=1&a=%2F&b',
      headers: { authorization: 'Basic Zm9v', 'content-type': 'text/plain' },
      body: base64('token=x'),
    });
  });

  it('whose body may have come in base64', () => {
    const event = { ...httpEvent(), body: base64('ÿ'), isBase64Encoded: true };
    expect(requestOf(event, id, 0).body).toBe(base64('ÿ'));
  });

  it('without what was said about the connection', () => {
    const headers = { Host: 'api', connection: 'close', 'content-length': '3', accept: '*/*' };
    expect(requestOf({ ...httpEvent(), headers }, id, 0).headers).toEqual({ accept: '*/*' });
  });

  it('to the root when the path ends with the server', () => {
    expect(requestOf(httpEvent({ path: '/s3cret/polar' }), id, 0)).toMatchObject({
      server: 'polar',
      target: '/',
      body: '',
    });
  });
});

describe('a reply becomes an answer', () => {
  it('as the server gave it', () => {
    const body = base64('{"error":"slow_down"}');
    const headers = { 'retry-after': '2' };

    expect(answerOf({ kind: 'answered', status: 429, headers, body })).toEqual({
      statusCode: 429,
      headers,
      body,
      isBase64Encoded: true,
    });
  });

  it('of 502 when the connection was cut, and of 504 when there is none', () => {
    expect(answerOf({ kind: 'cut' })).toEqual({ statusCode: 502 });
    expect(answerOf(undefined)).toEqual({ statusCode: 504 });
  });
});
