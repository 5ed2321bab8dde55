import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createPace, type Pace } from '../../shared/pace/pace.ts';
import type { Rate } from '../../shared/pace/tempo.ts';
import { collectLog } from '../../test/support/log.ts';
import { startTable } from '../../test/support/table.ts';
import { until } from '../../test/support/until.ts';
import { createGate, type Gate, type GateSettings, type Ticket } from './gate.ts';

const { table, ...rest } = await startTable();
afterAll(() => rest[Symbol.asyncDispose]());

const minute = 60_000;
const fast: Rate = { requestsPerSecond: 1000, burst: 10 };
/** One an hour. */
const slow: Rate = { requestsPerSecond: 1 / 3600, burst: 1 };

let lane = 0;
beforeEach(() => {
  lane += 1;
});
afterEach(() => void vi.useRealTimers());

/** The lane's pace as one worker has it. */
const paceAt = (rate?: Rate): Pace => createPace(table, `lane-${lane}`, rate);

function openGate(pace: Pace, change: Partial<GateSettings> = {}): Gate {
  return createGate({
    pace,
    log: collectLog().log,
    wanted: () => 5,
    startableMs: () => minute,
    secretChanged: async () => false,
    isHopeless: () => false,
    awayMs: () => minute,
    ...change,
  });
}

/** Goes through the gate again and again until it lets nobody through; how often that was. */
async function drain(gate: Gate, passed: () => void = () => undefined): Promise<void> {
  for (;;) {
    const ticket = await gate.enter();
    if (ticket === undefined) return;
    passed();
    ticket.done();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('a pause', () => {
  test.each([undefined, fast])(
    'that one of eight workers begins ends what all of them are about (rate %j)',
    async (rate) => {
      let passed = 0;
      const paces = Array.from({ length: 8 }, () => paceAt(rate));
      const draining = paces.map((pace) =>
        drain(openGate(pace), () => {
          passed += 1;
        }),
      );
      await until('all to be under way', () => passed > 50);
      await paces[3]?.pause(Date.now() + minute, 'throttled', 'http 429');
      // They would go on for ever, did they not look.
      await Promise.all(draining);
      const after = passed;
      expect(await paceAt(rate).reserve(1, minute)).toMatchObject({ kind: 'wait' });
      expect(passed).toBe(after);
    },
  );

  test('wakes those who wait for their slot', async () => {
    const gate = openGate(paceAt(slow), { startableMs: () => 600 * minute });
    expect(await gate.enter()).toBeDefined();
    const waiting = [gate.enter(), gate.enter()];
    gate.stop({ until: Date.now() + minute, reason: 'throttled' });
    expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
    expect(gate.stopped()).toMatchObject({ reason: 'throttled' });
  });

  test('that is short is waited out in place', async () => {
    const pace = paceAt();
    await pace.pause(Date.now() + 300, 'throttled', 'http 429');
    const gate = openGate(pace);
    expect(await gate.enter()).toBeDefined();
    expect(gate.stopped()).toBeUndefined();
  });

  test('that ends is no end of a longer one that has come meanwhile', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const gate = openGate(paceAt());
    gate.stop({ until: Date.now() + 4000, reason: 'throttled' });
    const entering = gate.enter();
    await new Promise((resolve) => setImmediate(resolve));
    // As of a busy worker, whose timer is late.
    vi.setSystemTime(Date.now() + 4000);
    gate.stop({ until: Date.now() + minute, reason: 'unavailable' });
    expect(await entering).toBeUndefined();
    expect(gate.stopped()?.reason).toBe('unavailable');
  });

  test('takes the place of a stop because the lane is full', () => {
    const gate = openGate(paceAt());
    const full = Date.now() + 2 * minute;
    gate.stop({ until: full, reason: undefined });
    gate.stop({ until: Date.now() + minute, reason: 'throttled' });
    expect(gate.stopped()).toEqual({ until: full, reason: 'throttled' });
  });

  test('that began meanwhile voids the slots that were reserved before it', async () => {
    const pace = paceAt(fast);
    const gate = openGate(pace);
    const ticket = await gate.enter();
    expect(ticket).toBeDefined();
    await paceAt(fast).pause(Date.now() + minute, 'unavailable', 'http 503');
    await drain(gate);
    expect(gate.stopped()?.reason).toBe('unavailable');
  });
});

describe('the end of a pause that only a success ends', () => {
  /** Eight workers at such a lane, who all want to go through. */
  async function eightWait(rate?: Rate) {
    await paceAt(rate).pause(Date.now() + 20, 'unavailable', 'http 503');
    await until(
      'the pause to end',
      async () => ((await paceAt().read()).pausedUntil ?? 0) < Date.now(),
    );
    const through: { gate: Gate; ticket: Ticket }[] = [];
    const gates = Array.from({ length: 8 }, () => openGate(paceAt(rate)));
    const entering = gates.map(async (gate) => {
      const ticket = await gate.enter();
      if (ticket !== undefined) through.push({ gate, ticket });
    });
    await until('one to be through', () => through.length > 0);
    const [first] = through;
    if (first === undefined) throw new Error('nobody is through');
    return { through, entering, first };
  }

  test.each([undefined, fast])(
    'lets one of eight workers through, and all when it had a success (rate %j)',
    async (rate) => {
      const { through, entering, first } = await eightWait(rate);
      expect(first.gate.isProbing()).toBe(true);
      // More of its own calls, such as a look-up, wait for nobody.
      expect(await first.ticket.call()).toBe(true);
      expect(await first.ticket.call()).toBe(true);
      expect(through).toHaveLength(1);
      await first.gate.prove();
      await Promise.all(entering);
      expect(through).toHaveLength(8);
    },
  );

  test('lets nobody else through when it had none', async () => {
    const { through, entering, first } = await eightWait();
    const pace = paceAt();
    await pace.pause(Date.now() + minute, 'unavailable', 'http 503');
    await Promise.all(entering);
    expect(through).toEqual([first]);
  });

  test('lets the worker’s next job through when the first has told nothing', async () => {
    const { first } = await eightWait();
    const next = first.gate.enter();
    first.ticket.done();
    expect(await next).toBeDefined();
    expect(first.gate.isProbing()).toBe(true);
  });

  test('refuses the calls of jobs under way: the probe may wait for their connection', async () => {
    // Prepare
    const gate = openGate(paceAt());
    const [earlier, unused] = [await gate.enter(), await gate.enter()];
    await earlier?.call();
    await paceAt().pause(Date.now() + 20, 'unavailable', 'http 503');
    gate.stop({ until: Date.now() + 20, reason: 'unavailable' });
    const probe = await gate.enter();
    expect(gate.isProbing()).toBe(true);

    // Act: the next job stands in line before them.
    const next = gate.enter();
    const calls = await Promise.all([earlier?.call(), unused?.call()]);

    // Assess
    expect(calls).toEqual([false, false]);
    expect([earlier?.refused(), unused?.refused()]).toEqual([true, true]);
    expect(await probe?.call()).toBe(true);
    await gate.prove();
    expect(await next).toBeDefined();
    expect(await earlier?.call()).toBe(true);
  });

  test('is not waited for when there is another secret', async () => {
    const pace = paceAt();
    await pace.pause(Date.now() + minute, 'misconfigured', 'http 401', { refusedSecret: 'v1' });
    const stays = openGate(paceAt());
    expect(await stays.enter()).toBeUndefined();
    expect(stays.stopped()?.reason).toBe('misconfigured');
    const changed = openGate(paceAt(), { secretChanged: async (version) => version === 'v1' });
    expect(await changed.enter()).toBeDefined();
    expect(changed.isProbing()).toBe(true);
  });
});

describe('a ticket', () => {
  test('pays for one call; each further one takes a slot of its own', async () => {
    const pace = paceAt({ requestsPerSecond: 100, burst: 2 });
    const gate = openGate(pace, { wanted: () => 1 });
    const ticket = await gate.enter();
    const before = (await pace.read()).nextSlot ?? 0;
    expect(await ticket?.call()).toBe(true);
    expect((await pace.read()).nextSlot).toBe(before);
    expect(await ticket?.call()).toBe(true);
    expect((await pace.read()).nextSlot).toBeGreaterThan(before);
    expect(ticket?.refused()).toBe(false);
  });

  test('is refused a call when the lane has been stopped', async () => {
    const gate = openGate(paceAt(slow));
    const ticket = await gate.enter();
    await ticket?.call();
    gate.stop({ until: Date.now() + minute, reason: 'throttled' });
    expect(await ticket?.call()).toBe(false);
    expect(ticket?.refused()).toBe(true);
  });
});

test.each([
  ['paused', 'throttled', false],
  ['full', undefined, true],
] as const)('a slot that was not used yet, once the lane is %s', async (_, reason, passes) => {
  const gate = openGate(paceAt(slow));
  const ticket = await gate.enter();
  gate.stop({ until: Date.now() + minute, reason });
  expect(await ticket?.call()).toBe(passes);
});

test.each([0, -1])('nobody begins with %i ms left', async (left) => {
  const gate = openGate(paceAt(), { startableMs: () => left });
  expect(await gate.enter()).toBeUndefined();
});

test('a slot is not waited for past the time', async () => {
  const gate = openGate(paceAt(slow), { startableMs: () => 5000 });
  expect(await gate.enter()).toBeDefined();
  expect(await gate.enter()).toBeUndefined();
});

test('a look that fails takes nothing back that was granted', async () => {
  const { log, lines } = collectLog();
  const read = async () => {
    throw new Error('DynamoDB is away');
  };
  const gate = openGate({ ...paceAt(), read }, { log });
  let passed = 0;
  const draining = drain(gate, () => {
    passed += 1;
  });
  await until('a look to have failed', () => lines.length > 0);
  const before = passed;
  await until('more to be through', () => passed > before + 5);
  gate.stop({ until: Date.now() + minute, reason: undefined });
  await draining;
  expect(lines).toContainEqual(expect.objectContaining({ name: 'pace.failed' }));
});

test('a pace that cannot be read lets nobody through', async () => {
  const { log, lines } = collectLog();
  const reserve = async () => {
    throw new Error('DynamoDB is away');
  };
  const gate = openGate({ ...paceAt(), reserve }, { log });
  expect(await gate.enter()).toBeUndefined();
  expect(gate.stopped()?.until).toBeGreaterThan(Date.now());
  expect(lines).toContainEqual(expect.objectContaining({ name: 'pace.failed' }));
});
