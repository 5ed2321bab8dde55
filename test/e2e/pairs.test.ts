import { expect, it } from 'vitest';
import { redriveAnswer } from '../../functions/api/contract/dead-letters.ts';
import { ok, startScriptedProvider } from '../support/scripted-provider.ts';
import { startTestStack } from '../support/stack.ts';
import { until } from '../support/until.ts';

const pairs = Array.from({ length: 30 }, (_, n) => ({
  provider: 'acme',
  token: `access-${n}`,
  refreshToken: `refresh-${n}`,
  ref: `user-${n}`,
}));

it('refresh tokens go before their access tokens, also when they are sent again', async () => {
  // Prepare: a provider that refuses them all, until it is told otherwise.
  let refuses = true;
  await using acme = await startScriptedProvider('acme', () =>
    refuses ? { status: 400, body: '{"error":"invalid_grant"}' } : ok,
  );
  await using rescind = await startTestStack({
    providers: [acme.entry],
    secrets: { acme: acme.secret },
  });
  const expectOrder = (calls: readonly string[]) => {
    expect(calls.toSorted()).toEqual(
      pairs.flatMap(({ token, refreshToken }) => [token, refreshToken]).toSorted(),
    );
    for (const { token, refreshToken } of pairs) {
      expect(calls.indexOf(refreshToken)).toBeLessThan(calls.indexOf(token));
    }
  };
  const tokens = () => acme.calls.map(({ token }) => token);

  // Act
  const { revocation } = await rescind.revoke(pairs);

  // Assess
  expect(revocation.counts).toMatchObject({ total: 60, parked: 60 });
  expectOrder(tokens());

  // Act
  refuses = false;
  acme.calls.length = 0;
  await until('all of them to be sent again', async () => {
    const answer = await rescind.api('/v1/dead-letters/redrive', {
      method: 'POST',
      body: JSON.stringify({ revocation: revocation.id }),
    });
    redriveAnswer.parse(await answer.json());
    return (await rescind.client.revocation(revocation.id)).counts.revoked === 60;
  });

  // Assess
  expectOrder(tokens());
});
