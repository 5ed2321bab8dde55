import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTable, type TestTable } from '../../test/support/table.ts';
import { createDeliveries, type Deliveries } from './deliveries.ts';

let table: TestTable;
let deliveries: Deliveries;
let ids = 0;
let id: string;

beforeAll(async () => {
  table = await startTable();
  deliveries = createDeliveries(table.table);
});
afterAll(() => table[Symbol.asyncDispose]());
beforeEach(() => {
  ids += 1;
  id = `delivery ${ids}`;
  vi.useFakeTimers({ toFake: ['Date'] });
});
afterEach(() => void vi.useRealTimers());

const claim = async (source = 'alerts') => (await deliveries.claim(source, id)).kind;
const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

describe('a delivery', () => {
  it('is claimed by one of many', async () => {
    const claims = await Promise.all(Array.from({ length: 10 }, () => claim()));
    expect(claims.toSorted()).toEqual(['claimed', ...Array(9).fill('under-way')]);
  });

  it('is done for thirty days, and for its own source', async () => {
    await claim();
    await deliveries.finish('alerts', id, { unknownSubject: false });
    expect(await claim()).toBe('done');
    later(30 * 86_400 - 1);
    expect(await claim()).toBe('done');
    expect(await claim('other')).toBe('claimed');
    later(1);
    expect(await claim()).toBe('claimed');
  });

  it.each([true, false])(
    'is told like the first time: of somebody unknown, %s',
    async (unknownSubject) => {
      await claim();
      await deliveries.finish('alerts', id, { unknownSubject });
      expect(await deliveries.claim('alerts', id)).toEqual({ kind: 'done', unknownSubject });
    },
  );

  it('whose call died may be claimed again after ten seconds', async () => {
    await claim();
    later(9);
    expect(await claim()).toBe('under-way');
    later(1);
    expect(await claim()).toBe('claimed');
    expect(await claim()).toBe('under-way');
  });

  it('may be claimed again at once when it was released, but not when it is done', async () => {
    await claim();
    await deliveries.release('alerts', id);
    expect(await claim()).toBe('claimed');
    await deliveries.finish('alerts', id, { unknownSubject: false });
    await deliveries.release('alerts', id);
    expect(await claim()).toBe('done');
  });

  it('is known by a digest of its id, however long that is', async () => {
    id = 'x'.repeat(10_000);
    await claim();
    expect(JSON.stringify(await table.scan())).not.toContain('xxxx');
  });
});
