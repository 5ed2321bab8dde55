import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deadLetter } from '../../functions/api/contract/answers.ts';
import {
  type Sandbox,
  type SandboxKind,
  sandboxKinds,
  startSandbox,
} from '../../local/sandbox/index.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

const sandboxes = new Map<SandboxKind, Sandbox>();
let rescind: TestStack;
beforeAll(async () => {
  for (const kind of sandboxKinds) sandboxes.set(kind, await startSandbox(kind));
  const all = [...sandboxes.values()];
  rescind = await startTestStack({
    providers: all.map(({ provider }) => ({ ...provider, verify: true })),
    secrets: Object.fromEntries(all.map(({ kind, secret }) => [kind, secret])),
  });
});
afterEach(() => {
  for (const sandbox of sandboxes.values()) sandbox.setFaults({});
});
afterAll(async () => {
  await rescind[Symbol.asyncDispose]();
  for (const sandbox of sandboxes.values()) await sandbox.close();
});

function sandboxOf(kind: SandboxKind): Sandbox {
  const sandbox = sandboxes.get(kind);
  if (sandbox === undefined) throw new Error(`there is no sandbox ${kind}`);
  return sandbox;
}

/** Each provider's way to say yes. */
const yes: Readonly<Record<SandboxKind, { status: number; body?: string }>> = {
  nylas: { status: 200, body: '{"request_id":"1"}' },
  polar: { status: 200, body: '{}' },
  genauth: { status: 200 },
  mollie: { status: 204 },
  rfc7009: { status: 200 },
};

/** All providers at once: each has a lane of its own. */
const atEach = <Result>(check: (sandbox: Sandbox, kind: SandboxKind) => Promise<Result>) =>
  Promise.all(sandboxKinds.map((kind) => check(sandboxOf(kind), kind)));

async function revokeOne(sandbox: Sandbox) {
  const [{ token } = { token: '' }] = await sandbox.issue();
  const { outcomes } = await rescind.revoke([{ provider: sandbox.kind, token }]);
  return { kind: sandbox.kind, outcomes, alive: await sandbox.isAlive(token) };
}

const everyKind = (expected: object) => sandboxKinds.map((kind) => ({ kind, ...expected }));

describe('with `verify`', () => {
  it('each access token is looked up, and found dead', async () => {
    await atEach(async (sandbox, kind) => {
      const issued = await sandbox.issue({ count: 8 });
      const tokens = issued.map(({ token }) => token);
      const { outcomes } = await rescind.revoke(
        tokens.map((token) => ({ provider: kind, token, tokenType: 'access_token' })),
      );
      expect(await sandbox.alive(tokens)).toEqual([]);
      expect(outcomes).toHaveLength(8);
      for (const row of outcomes) {
        expect(row).toMatchObject({
          provider: kind,
          outcome: 'revoked',
          evidence: 'verified',
          attempts: 1,
        });
      }
    });
  });

  it('a provider that says yes and does nothing is asked again', async () => {
    const results = await atEach(async (sandbox, kind) => {
      sandbox.setFaults({ canned: { ...yes[kind], on: 'revoke', count: 1 } });
      return revokeOne(sandbox);
    });
    const outcomes = [{ outcome: 'revoked', evidence: 'verified' }];
    expect(results).toMatchObject(everyKind({ alive: false, outcomes }));
  });

  it('no token is called revoked that lives on', async () => {
    const results = await atEach(async (sandbox, kind) => {
      sandbox.setFaults({ canned: { ...yes[kind], on: 'revoke' } });
      return revokeOne(sandbox);
    });
    const outcomes = [
      { outcome: 'parked', reason: 'exhausted', detail: 'the token is still alive' },
    ];
    expect(results).toMatchObject(everyKind({ alive: true, outcomes }));
  });

  it('no accepted revocation is lost while look-ups are down, nor made twice', async () => {
    const results = await atEach(async (sandbox) => {
      sandbox.resetStats();
      sandbox.setFaults({ unavailable: { on: 'verify' } });
      const result = await revokeOne(sandbox);
      return { ...result, revocations: sandbox.stats().callsFor.revoke };
    });
    const outcomes = [
      { outcome: 'revoked', evidence: 'accepted', detail: 'not verified: http 503', attempts: 4 },
    ];
    expect(results).toMatchObject(everyKind({ alive: false, revocations: 1, outcomes }));
  });
});

/** What a look-up can tell of a refresh token, without using it. */
const ofRefreshTokens = {
  polar: 'unverifiable',
  genauth: 'verified',
  mollie: 'unverifiable',
  rfc7009: 'verified',
} as const;

describe.each(sandboxKinds.filter((kind) => kind !== 'nylas'))(
  '%s, handed both tokens of a pair',
  (kind) => {
    it('kills both, and each keeps its own outcome', async () => {
      const sandbox = sandboxOf(kind);
      const issued = await sandbox.issue({ count: 5 });
      const jobs = issued.map(({ token, pair }, n) => ({
        provider: kind,
        token,
        refreshToken: pair,
        ref: `user-${n}`,
      }));

      const { revocation, outcomes } = await rescind.revoke(jobs);

      expect(revocation.counts).toMatchObject({ total: 10, queued: 0, parked: 0 });
      expect(await sandbox.alive(issued.flatMap(({ token, pair }) => [token, pair]))).toEqual([]);
      for (let n = 0; n < 5; n += 1) {
        const pair = outcomes.filter(({ ref }) => ref === `user-${n}`);
        expect(pair).toMatchObject([
          // At Mollie it is dead already: its refresh token took it along.
          {
            tokenType: 'access_token',
            outcome: kind === 'mollie' ? 'already_invalid' : 'revoked',
            evidence: 'verified',
          },
          { tokenType: 'refresh_token', outcome: 'revoked', evidence: ofRefreshTokens[kind] },
        ]);
      }
    });
  },
);

it('a parked job of a pair tells which token it is, and when it dies by itself', async () => {
  sandboxOf('mollie').setFaults({ canned: { status: 403, on: 'revoke' } });
  const [{ token, pair } = { token: '', pair: '' }] = await sandboxOf('mollie').issue();
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const { revocation } = await rescind.revoke([
    { provider: 'mollie', token, refreshToken: pair, expiresAt },
  ]);
  const { items } = await rescind.list('/v1/dead-letters', deadLetter);
  const own = items.filter((row) => row.revocation === revocation.id);
  expect(own).toMatchObject([{ tokenType: 'access_token' }, { tokenType: 'refresh_token' }]);
  const [access, refresh] = own;
  expect(Math.abs(Date.parse(access?.expiresAt ?? '') - Date.parse(expiresAt))).toBeLessThan(1000);
  expect(refresh).not.toHaveProperty('expiresAt');
});
