import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { startProcess, startThread } from './execution-environment.ts';
import { FunctionHost, InvocationFault } from './function-host.ts';

/** Answers with its process and what it was given; never, when told to wait. */
const entry = `data:text/javascript,${encodeURIComponent(`
  export const handler = (event) => {
    console.log(process.env.GREETING);
    return event.wait ? new Promise(() => setInterval(() => {}, 1000)) : Promise.resolve({ event, pid: process.pid });
  };
`)}`;

const settings = (print: (text: string) => void) => ({
  name: 'echo',
  entry,
  env: { GREETING: 'hello' },
  timeoutMs: 60_000,
  environments: 1,
  concurrency: 1,
  output: new Writable({
    write: (chunk: Buffer, _encoding, written) => {
      print(chunk.toString());
      written();
    },
  }),
});

const event = { some: ['event'] };

test('a function runs in a process of its own, and another one when that is killed', async () => {
  const children: ChildProcess[] = [];
  let printed = '';
  const host = new FunctionHost({
    ...settings((text) => {
      printed += text;
    }),
    start: startProcess(() => ({
      execArgv: [],
      env: { GREETING: 'good day' },
      started: (child) => children.push(child),
    })),
  });

  expect(await host.invoke(event)).toEqual({ event, pid: children[0]?.pid });
  const doomed = host.invoke({ wait: true });
  const [first] = children;
  if (first === undefined) throw new Error('nothing was started');
  await once(first.stdout ?? first, 'data');
  first.kill('SIGKILL');
  await expect(doomed).rejects.toThrow(InvocationFault);
  expect(await host.invoke(event)).toEqual({ event, pid: children[1]?.pid });
  expect(printed).toContain('good day');

  await host.crash();
  expect(children.map(({ signalCode }) => signalCode)).toEqual(['SIGKILL', 'SIGKILL']);
});

test('unless told, it runs in a thread of this one', async () => {
  const host = new FunctionHost({ ...settings(() => undefined), start: startThread });
  expect(await host.invoke(event)).toEqual({ event, pid: process.pid });
  await host.crash();
});
