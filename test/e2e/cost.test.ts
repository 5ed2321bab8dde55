import { describe, expect, it } from 'vitest';
import { createMeter, requestCount } from '../support/meter.ts';
import { ok, startScriptedProvider } from '../support/scripted-provider.ts';
import { startTestStack } from '../support/stack.ts';
import { until } from '../support/until.ts';

describe('what a thousand revocations cost', () => {
  it('is at most 250 AWS requests and 400 DynamoDB write units, all told', async () => {
    await using meter = createMeter();
    await using acme = await startScriptedProvider('acme', () => ok);
    await using rescind = await startTestStack({
      providers: [acme.entry],
      secrets: { acme: acme.secret },
      tap: meter.tap,
    });
    const jobs = Array.from({ length: 1000 }, (_, index) => ({
      provider: 'acme',
      // As long as a common opaque token, with a reference as long as a UUID.
      token: `${index}-`.padEnd(64, 'x'),
      ref: `${index}-`.padEnd(36, 'r'),
    }));

    meter.begin();
    const submitted = await Promise.all(
      [jobs.slice(0, 500), jobs.slice(500)].map((part) => rescind.client.submit({ jobs: part })),
    );
    await until('every slice to be done', meter.drained);
    const tally = meter.read();

    for (const { id } of submitted) {
      const { status, counts } = await rescind.client.revocation(id);
      expect({ status, revoked: counts.revoked }).toEqual({ status: 'completed', revoked: 500 });
    }
    const requests = requestCount(tally);
    console.log(`1,000 jobs: ${requests} AWS requests, ${tally.writeUnits} write units`);
    console.log(tally.requests);
    expect(requests).toBeLessThanOrEqual(250);
    expect(tally.writeUnits).toBeLessThanOrEqual(400);
    // 40 slices were written down, each with its progress: less would mean that nothing was counted.
    expect(requests).toBeGreaterThan(80);
    expect(tally.writeUnits).toBeGreaterThan(80);
  });
});
