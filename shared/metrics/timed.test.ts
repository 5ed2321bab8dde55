import { expect, test } from 'vitest';
import { collectMetrics } from '../../test/support/metrics.ts';
import type { HttpAnswer } from '../providers/adapter.ts';
import { TransportFault } from '../providers/faults.ts';
import { timed } from './timed.ts';

const request = { method: 'POST' as const, url: 'https://provider.test/', headers: {} };
const answer: HttpAnswer = { status: 200, headers: {}, body: '' };

test('a call is measured to its end, whether it is answered or not', async () => {
  // Prepare
  const { metrics, measured } = collectMetrics();
  let end = (_: HttpAnswer | TransportFault) => {};
  const send = timed(
    () =>
      new Promise((resolve, reject) => {
        end = (what) => (what instanceof TransportFault ? reject(what) : resolve(what));
      }),
    'polar',
    metrics,
  );

  // Act: nothing is measured while a call is under way.
  const answered = send(request);
  metrics.flush();
  const before = measured.length;
  end(answer);
  const given = await answered;
  const lost = send(request);
  end(new TransportFault('ECONNRESET'));
  await expect(lost).rejects.toThrow(TransportFault);
  metrics.flush();

  // Assess
  expect(before).toBe(0);
  expect(given).toBe(answer);
  expect(measured).toEqual([
    { name: 'ProviderLatency', dimensions: { Provider: 'polar' }, value: expect.any(Number) },
    { name: 'ProviderLatency', dimensions: { Provider: 'polar' }, value: expect.any(Number) },
  ]);
});
