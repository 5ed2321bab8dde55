import { expect, test } from 'vitest';
import type * as z from 'zod';
import { revocation } from '../../functions/api/contract/answers.ts';
import { partAnswer } from '../../functions/api/contract/parts.ts';
import { ok, startScriptedProvider } from '../support/scripted-provider.ts';
import { startTestStack } from '../support/stack.ts';
import { until } from '../support/until.ts';

const parts = 6;
const jobsPerPart = 60;

test('parts that come at once, twice, and while workers are at it are one revocation', async () => {
  await using acme = await startScriptedProvider('acme', () => ok);
  await using rescind = await startTestStack({
    providers: [acme.entry],
    secrets: { acme: acme.secret },
  });
  const call = async <T>(schema: z.ZodType<T>, path: string, method: string, body: unknown) => {
    const answer = await rescind.api(path, { method, body: JSON.stringify(body) });
    return schema.parse(await answer.json());
  };
  const jobs = (part: number) =>
    Array.from({ length: jobsPerPart }, (_, index) => ({
      provider: 'acme',
      token: `token-${part}-${index}`,
      ref: `${part}/${index}`,
    }));

  const { id } = await rescind.client.submit({ open: true, jobs: jobs(0) });
  const numbers = Array.from({ length: parts - 1 }, (_, index) => index + 1);
  const put = (part: number) =>
    call(partAnswer, `/v1/revocations/${id}/parts/${part}`, 'PUT', { jobs: jobs(part) });
  await Promise.all(numbers.map(put));
  await until('all jobs to end', async () => {
    const { counts } = await rescind.client.revocation(id);
    return counts.revoked === parts * jobsPerPart;
  });
  const open = await rescind.client.revocation(id);
  expect(open).toMatchObject({ status: 'running', open: true });

  const calls = acme.calls.length;
  expect(calls).toBe(parts * jobsPerPart);
  await Promise.all(numbers.map(put));
  const closed = await call(revocation, `/v1/revocations/${id}/close`, 'POST', { parts });
  expect(closed).toMatchObject({
    status: 'completed',
    counts: { total: parts * jobsPerPart, revoked: parts * jobsPerPart },
  });

  const rows = await Array.fromAsync(rescind.client.outcomes(id));
  expect(new Set(rows.map(({ ref }) => ref)).size).toBe(parts * jobsPerPart);
  expect(acme.calls.length).toBe(calls);
});
