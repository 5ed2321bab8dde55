import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Send } from '../../shared/providers/adapter.ts';
import type { Provider } from '../../shared/providers/catalog.ts';
import { startWorker, type TestWorker } from '../../test/support/worker.ts';
import { createSession } from './session.ts';

const minute = 60_000;

let worker: TestWorker;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  worker = await startWorker();
});
afterEach(async () => {
  vi.useRealTimers();
  await worker[Symbol.asyncDispose]();
});

/** A worker's means to connect in two calls, and what the provider is told by them. */
function connecting(onFirstCall: () => Promise<void>) {
  const { provider, secrets } = worker.deps;
  const paths: string[] = [];
  const send: Send = async (request, repeating) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/') return worker.deps.send(request, repeating);
    paths.push(pathname);
    if (pathname === '/first') await onFirstCall();
    return { status: 200, headers: {}, body: '' };
  };
  const twice: Provider = {
    ...provider,
    adapter: {
      ...provider.adapter,
      connect: async (secret, sending) => {
        for (const path of ['first', 'second']) {
          await sending({ method: 'GET', url: `https://provider.test/${path}`, headers: {} });
        }
        return provider.adapter.connect(secret, sending);
      },
    },
  };
  return { paths, deps: { provider: twice, send, session: createSession(twice, secrets, send) } };
}

/** Another worker pauses the lane, so long ago that this one looks before its next call. */
async function pauseElsewhere(): Promise<void> {
  await worker.pace.pause(Date.now() + minute, 'throttled', 'http 429');
  vi.setSystemTime(Date.now() + 2000);
}

test('a lane that is paused while one job connects costs none of those who wait for it a try', async () => {
  const message = await worker.aSlice('a', 'b', 'c', 'd', 'e', 'f', 'g');
  const { paths, deps } = connecting(pauseElsewhere);

  const { kept } = await worker.work([message], { deps });

  expect(kept).toEqual([true]);
  expect(paths).toEqual(['/first']);
  expect(worker.calls).toHaveLength(0);
  for (const record of await worker.recordsOf(message)) {
    expect(record).toMatchObject({ attempts: 0, outcome: undefined });
    expect(record.detail).toBeUndefined();
  }
  expect(worker.lines.map(({ name }) => name)).not.toContain('lane.paused');
  expect(await worker.pace.read()).toMatchObject({ pauseReason: 'throttled', pauses: 1 });
});

test('a job that was held back is as it was left by its last try', async () => {
  const message = await worker.aSlice('token-1');
  worker.script.revoke = () => 'unavailable';
  await worker.work([message]);
  const [before] = await worker.recordsOf(message);
  const { paths, deps } = connecting(pauseElsewhere);

  await worker.work([message], { receives: 2, deps });

  expect(paths).toEqual(['/first']);
  expect(before).toMatchObject({ attempts: 1, detail: 'unavailable' });
  expect(await worker.recordsOf(message)).toEqual([before]);
});

test('a held-back job whose call was answered keeps its try, which counts against nobody', async () => {
  await using verifying = await startWorker(undefined, { lookUp: () => 'dead', verify: true });
  const message = await verifying.aSlice('a');
  const { send } = verifying.deps;
  const answering: Send = async (request, repeating) => {
    const answer = await send(request, repeating);
    await verifying.pace.pause(Date.now() + minute, 'throttled', 'http 429');
    vi.setSystemTime(Date.now() + 2000);
    return answer;
  };

  await verifying.work([message], { deps: { send: answering } });

  expect(verifying.calls.map(({ kind }) => kind)).toEqual(['revoke']);
  expect(await verifying.recordsOf(message)).toMatchObject([
    { attempts: 1, triesBefore: 1, answers: 1, evidence: 'accepted', outcome: undefined },
  ]);
});
