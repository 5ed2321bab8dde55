import { describe, expect, it } from 'vitest';
import { ok, startScriptedProvider } from '../support/scripted-provider.ts';
import { startTestStack } from '../support/stack.ts';
import { createTap } from '../support/tap.ts';

const writes = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);

/** Capacity units that an answer of the emulator reports, indexes included. */
function unitsOf({ ConsumedCapacity }: Record<string, unknown>): number {
  const consumed = ConsumedCapacity as { CapacityUnits?: number } | undefined;
  return consumed?.CapacityUnits ?? 0;
}

describe('what a thousand revocations cost', () => {
  it('is at most 250 AWS requests and 400 DynamoDB write units, all told', async () => {
    let writeUnits = 0;
    await using tap = createTap({
      before: ({ service, body }) =>
        service === 'DYNAMODB' ? { ...body, ReturnConsumedCapacity: 'INDEXES' } : undefined,
      after: ({ operation }, answer) => {
        if (writes.has(operation)) writeUnits += unitsOf(answer);
      },
    });
    await using acme = await startScriptedProvider('acme', () => ok);
    await using rescind = await startTestStack({
      providers: [acme.entry],
      secrets: { acme: acme.secret },
      tap: tap.tap,
    });
    const jobs = Array.from({ length: 1000 }, (_, index) => ({
      provider: 'acme',
      // As long as a common opaque token, with a reference as long as a UUID.
      token: `${index}-`.padEnd(64, 'x'),
      ref: `${index}-`.padEnd(36, 'r'),
    }));

    const before = tap.requests.length;
    const ids = await Promise.all(
      [jobs.slice(0, 500), jobs.slice(500)].map(
        async (part) => (await rescind.client.submit({ jobs: part })).id,
      ),
    );
    // Completion is watched from outside the count.
    const reads = () => tap.requests.filter(({ operation }) => operation === 'GetItem').length;
    const revocations = [];
    for (const id of ids) revocations.push((await rescind.completed(id)).revocation);
    const watched = tap.requests.filter(
      ({ operation, body }) =>
        operation === 'Query' ||
        (operation === 'GetItem' && JSON.stringify(body).includes('PART#')),
    ).length;
    const requests = tap.requests.length - before - watched;

    expect(revocations.map(({ counts }) => counts.revoked)).toEqual([500, 500]);
    console.log(
      `1,000 jobs: ${requests} AWS requests, ${writeUnits} write units, ${reads()} reads`,
    );
    const byOperation = Object.entries(Object.groupBy(tap.requests, ({ operation }) => operation));
    console.log(byOperation.map(([name, all]) => `${name} ${all?.length}`).join(', '));
    expect(requests).toBeLessThanOrEqual(250);
    expect(writeUnits).toBeLessThanOrEqual(400);
    expect(writeUnits).toBeGreaterThan(0);
  });
});
