import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Sandbox, sandboxKinds, startSandbox } from './index.ts';
import { basic, issueOne, posted, send, sendForm } from './testing.ts';

/** A slow machine may take its time. */
const patiently = { timeout: 60_000 };

let sandbox: Sandbox<'polar'>;
beforeEach(async () => {
  sandbox = await startSandbox('polar');
});
afterEach(() => sandbox.close());

const revoke = (token: string) =>
  sendForm(sandbox, '/v1/oauth2/revoke', { ...posted(sandbox), token });

describe('faults', () => {
  test('a connection dropped before revoking leaves the token alive', async () => {
    const { token } = await issueOne(sandbox);
    sandbox.setFaults({ drop: { count: 1 } });
    await expect(revoke(token)).rejects.toThrow();
    expect(await sandbox.isAlive(token)).toBe(true);
    expect(await revoke(token)).toMatchObject({ status: 200 });
    expect(sandbox.stats()).toMatchObject({ calls: 2, cut: 1, byStatus: { 200: 1 } });
  });

  test.each(sandboxKinds)('%s can die after revoking: dead, and nobody knows', async (kind) => {
    await using own = await startSandbox(kind, { faults: { drop: { afterRevoking: true } } });
    const { token } = await issueOne(own);
    await expect(revocations[kind](own, token)).rejects.toThrow();
    expect(await own.isAlive(token)).toBe(false);
    expect(own.stats()).toMatchObject({ calls: 1, callsFor: { revoke: 1 }, cut: 1, byStatus: {} });
  });

  test.each(['unavailable', 'reset'] as const)('an outage (%s) hits every call', async (how) => {
    const { token } = await issueOne(sandbox);
    sandbox.setFaults({ outage: { ms: 60_000, how } });
    const outcome = revoke(token).then(
      ({ status }) => status,
      () => 'no answer',
    );
    expect(await outcome).toBe(how === 'reset' ? 'no answer' : 503);
    expect(await sandbox.isAlive(token)).toBe(true);
  });

  test('an outage ends by itself', async () => {
    const { token } = await issueOne(sandbox);
    sandbox.setFaults({ outage: { ms: 30 } });
    await vi.waitFor(
      async () => expect(await revoke(token)).toMatchObject({ status: 200 }),
      patiently,
    );
  });

  test.each([
    [7, /^7$/],
    ['date', /^\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/],
    ['none', undefined],
  ] as const)('Retry-After can be %s', async (retryAfter, expected) => {
    sandbox.setFaults({
      unavailable: { retryAfter, count: 1 },
      throttle: { retryAfter, count: 1 },
    });
    for (const status of [429, 503]) {
      const reply = await revoke('t');
      expect(reply.status).toBe(status);
      const header = reply.headers.get('retry-after');
      if (expected === undefined) expect(header).toBeNull();
      else expect(header).toMatch(expected);
    }
  });

  test('a rate is enforced and names the wait', async () => {
    sandbox.setFaults({ throttle: { requestsPerSecond: 0.25, burst: 2 } });
    const replies = [await revoke('a'), await revoke('b'), await revoke('c')];
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 429]);
    expect(replies[2]?.headers.get('retry-after')).toBe('4');
    expect(sandbox.stats()).toMatchObject({ throttled: 1 });
  });

  test('latency delays every answer', async () => {
    sandbox.setFaults({ latencyMs: 40 });
    const start = performance.now();
    await revoke('t');
    // Timers may fire up to a millisecond early by this clock.
    expect(performance.now() - start).toBeGreaterThanOrEqual(39);
  });

  test('a canned answer takes the place of the provider’s', async () => {
    const { token } = await issueOne(sandbox);
    const headers = { 'x-teapot': 'yes' };
    sandbox.setFaults({ canned: { status: 418, headers, body: 'short and stout', count: 1 } });
    const reply = await revoke(token);
    expect(reply).toMatchObject({ status: 418, body: 'short and stout' });
    expect(reply.headers.get('x-teapot')).toBe('yes');
    expect(await sandbox.isAlive(token)).toBe(true);
  });

  test('faults can be aimed at verification alone', async () => {
    const { token } = await issueOne(sandbox);
    sandbox.setFaults({ unavailable: { on: 'verify' } });
    const fields = { ...posted(sandbox), token };
    expect(await sendForm(sandbox, '/v1/oauth2/introspect', fields)).toMatchObject({ status: 503 });
    expect(await revoke(token)).toMatchObject({ status: 200 });
  });
});

describe('misbehaviour', () => {
  const misbehave = async (
    how: NonNullable<Parameters<Sandbox['setFaults']>[0]['misbehave']>['how'],
  ) => {
    const { token } = await issueOne(sandbox);
    sandbox.setFaults({ misbehave: { how } });
    const reply = await revoke(token).catch(() => undefined);
    return { reply, alive: await sandbox.isAlive(token) };
  };

  test('the wrong content type', async () => {
    const { reply, alive } = await misbehave('wrong_content_type');
    expect(reply).toMatchObject({ status: 200, body: {} });
    expect(reply?.headers.get('content-type')).toMatch('text/html');
    expect(alive).toBe(false);
  });

  test('malformed JSON', async () => {
    const { reply, alive } = await misbehave('malformed');
    expect(reply).toMatchObject({ status: 200, body: '{"error": ' });
    expect(alive).toBe(false);
  });

  test('a huge body', async () => {
    const { reply } = await misbehave('huge');
    expect(Number(reply?.headers.get('content-length'))).toBeGreaterThan(4 * 1024 * 1024);
  });

  test('a truncated body', async () => {
    expect(await misbehave('truncated')).toEqual({ reply: undefined, alive: false });
    expect(sandbox.stats()).toMatchObject({ cut: 1 });
  });

  test('a body that never ends', async () => {
    sandbox.setFaults({ misbehave: { how: 'stalled' } });
    const response = await fetch(`${sandbox.url}/v1/oauth2/revoke`, { method: 'POST' });
    expect(response.status).toBe(401);
    await sandbox.close();
    await expect(response.text()).rejects.toThrow();
  });

  test('a page of a proxy, and the provider never asked', async () => {
    const { reply, alive } = await misbehave('html_page');
    expect(reply).toMatchObject({ status: 200, body: expect.stringContaining('Sign in') });
    expect(alive).toBe(true);
  });

  test('a redirect, which counts who follows', async () => {
    const { reply, alive } = await misbehave('redirect');
    expect(reply?.status).toBe(302);
    expect(alive).toBe(true);
    expect(sandbox.stats().redirectsFollowed).toBe(0);
    sandbox.setFaults({});
    await fetch(`${sandbox.url}${reply?.headers.get('location')}`);
    expect(sandbox.stats().redirectsFollowed).toBe(1);
  });
});

describe('control over HTTP', () => {
  const controlled = async (method: string, path: string, body?: unknown) =>
    send(sandbox, method, path, body === undefined ? {} : { body: JSON.stringify(body) });

  test('issues, asks, revokes', async () => {
    const issued = await controlled('POST', '/sandbox/tokens', { count: 2, type: 'refresh_token' });
    const described = {
      token: expect.any(String),
      type: 'refresh_token',
      pair: expect.any(String),
    };
    expect(issued).toMatchObject({ status: 201, body: { tokens: [described, described] } });
    const [first, second] = (await sandbox.issue({ count: 2 })).map(({ token }) => token);
    const tokens = [first, second, 'unknown'];
    const alive = (expected: unknown[]) => ({ status: 200, body: { alive: expected } });
    expect(await controlled('POST', '/sandbox/alive', { tokens })).toMatchObject(
      alive([first, second]),
    );
    const revoked = await controlled('POST', '/sandbox/tokens/revoke', { tokens: [first, first] });
    expect(revoked).toMatchObject({ status: 200, body: { revoked: 1 } });
    expect(await controlled('POST', '/sandbox/alive', { tokens })).toMatchObject(alive([second]));
  });

  test('sets faults, reads and clears statistics', async () => {
    const set = await controlled('PUT', '/sandbox/faults', { unavailable: { count: 1 } });
    expect(set).toMatchObject({ status: 200, body: { unavailable: { count: 1 } } });
    expect(await revoke('t')).toMatchObject({ status: 503 });
    const stats = await controlled('GET', '/sandbox/stats');
    expect(stats.body).toMatchObject({
      calls: 1,
      byStatus: { 503: 1 },
      peakInFlight: 1,
      peakPerSecond: 1,
    });
    expect(await controlled('DELETE', '/sandbox/stats')).toMatchObject({ body: { calls: 0 } });
    expect(await controlled('PUT', '/sandbox/faults', {})).toMatchObject({ status: 200 });
    expect(await revoke('t')).toMatchObject({ status: 200 });
  });

  test('is beyond the reach of faults', async () => {
    sandbox.setFaults({ outage: { ms: 60_000, how: 'reset' } });
    expect(await controlled('PUT', '/sandbox/faults', {})).toMatchObject({ status: 200 });
  });

  test('describes the sandbox and changes its behaviour', async () => {
    await using own = await startSandbox('mollie', { id: 'mollie-test' });
    expect(await send(own, 'GET', '/sandbox')).toMatchObject({
      body: {
        kind: 'mollie',
        provider: { id: 'mollie-test', kind: 'mollie', baseUrl: own.url },
        secret: own.secret,
        behaviour: { deadToken: 'not_found' },
      },
    });
    const body = JSON.stringify({ deadToken: 'no_content' });
    const changed = await send(own, 'PATCH', '/sandbox/behaviour', { body });
    expect(changed.body).toEqual({ deadToken: 'no_content', wrongHint: 'not_found' });
    const headers = basic(own.secret);
    const fields = { token: 'unknown', token_type_hint: 'access_token' };
    const reply = await sendForm(own, '/oauth2/tokens', fields, { method: 'DELETE', headers });
    expect(reply).toMatchObject({ status: 204 });
  });

  test.each([
    ['POST', '/sandbox/tokens', { count: 0 }, 400],
    ['POST', '/sandbox/tokens', { kount: 1 }, 400],
    ['POST', '/sandbox/alive', { tokens: 'one' }, 400],
    ['PUT', '/sandbox/faults', { drop: { probability: 'often' } }, 400],
    ['PATCH', '/sandbox/behaviour', { deadToken: 'none' }, 400],
    ['GET', '/sandbox/nothing', undefined, 404],
  ])('%s %s %j is refused with a reason', async (method, path, body, status) => {
    const reply = await controlled(method, path, body);
    expect(reply).toMatchObject({ status, body: { error: expect.any(String) } });
  });
});

test('a body beyond a mebibyte is 413', async () => {
  expect(await revoke('x'.repeat(1024 * 1024 + 1))).toMatchObject({ status: 413 });
});

test('a caller that hangs up disturbs nobody', async () => {
  sandbox.setFaults({ latencyMs: 5 });
  const { port } = new URL(sandbox.url);
  const socket = connect(Number(port), '127.0.0.1');
  socket.write(
    'POST /v1/oauth2/revoke HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\ntoken',
    () => socket.destroy(),
  );
  await vi.waitFor(
    () => expect(sandbox.stats()).toMatchObject({ calls: 1, inFlight: 0 }),
    patiently,
  );
  expect(await revoke('t')).toMatchObject({ status: 200 });
});

test('many callers at once are served', async () => {
  sandbox.setFaults({ latencyMs: 5, jitterMs: 5 });
  const issued = await sandbox.issue({ count: 200 });
  const tokens = issued.map(({ token }) => token);
  const replies = await Promise.all(tokens.map(revoke));
  expect(replies.every(({ status }) => status === 200)).toBe(true);
  expect(await sandbox.alive(tokens)).toEqual([]);
  expect(sandbox.stats().peakInFlight).toBeGreaterThan(10);
});

test('a port can be chosen, and is free again after closing', async () => {
  const port = Number(new URL(sandbox.url).port);
  await expect(startSandbox('nylas', { port })).rejects.toThrow('EADDRINUSE');
  await sandbox.close();
  await sandbox.close();
  await using again = await startSandbox('nylas', { port });
  expect(again.url).toBe(`http://127.0.0.1:${port}`);
});

test('one that cannot start leaves its port free', async () => {
  const port = Number(new URL(sandbox.url).port);
  await sandbox.close();
  const wrong = startSandbox('nylas', { port, behaviour: { deadTokenError: JSON.parse('1') } });
  await expect(wrong).rejects.toThrow('deadTokenError');
  await using again = await startSandbox('nylas', { port });
  expect(again.url).toContain(String(port));
});

test('credentials are the same on every start', async () => {
  await using again = await startSandbox('polar');
  expect(again.secret).toEqual(sandbox.secret);
});

/** Per kind, a revocation as its provider wants it. */
const revocations = {
  nylas: (at: Sandbox, token: string) =>
    send(at, 'POST', `/v3/connect/revoke?token=${token}`, {
      headers: { authorization: `Bearer ${at.secret.apiKey}` },
    }),
  polar: (at: Sandbox, token: string) =>
    sendForm(at, '/v1/oauth2/revoke', { ...posted(at), token }),
  genauth: (at: Sandbox, token: string) =>
    sendForm(at, '/oidc/token/revocation', { ...posted(at), token }),
  mollie: (at: Sandbox, token: string) =>
    sendForm(
      at,
      '/oauth2/tokens',
      { token, token_type_hint: 'access_token' },
      {
        method: 'DELETE',
        headers: basic(at.secret),
      },
    ),
  rfc7009: (at: Sandbox, token: string) =>
    sendForm(at, '/token/revocation', { token }, { headers: basic(at.secret) }),
};
