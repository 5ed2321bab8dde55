import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { misuse } from './misuse.ts';
import { filesBelow, type Place, recordsOf, rowsOf } from './places.ts';
import { createSearch } from './search.ts';
import { canary, type Setting, startSetting, tokenJobs } from './setting.ts';

const patienceSeconds = 240;

it(
  'tokens and secrets stand in no queue, table, log, metric, file or answer, whatever goes wrong',
  async () => {
    const printedHere: string[] = [];
    const restore = captureOutput(printedHere);
    await using setting = await startSetting();
    const { rescind, canaries, tap } = setting;

    const answers = await misuse(setting);
    const jobs = await tokenJobs(setting);
    setting.disturbAws(23);
    const id = await submitted(setting, jobs);
    await rescind.stack.crash({ worker: 'nylas' });
    await rescind.stack.crash('api');
    // Of a provider that mostly fails one job at a time is tried, and some of these jobs only fail.
    const { counts } = await until(
      'every job to have an outcome',
      async () => {
        const revocation = await rescind.client.revocation(id);
        return revocation.status === 'completed' && revocation;
      },
      patienceSeconds,
    );
    expect(counts.parked).toBeGreaterThan(0);
    const foreign = await sendForeignMessages(setting);
    await misconfigure(setting);
    answers.push(...(await askEverything(setting, id)));
    restore();

    const data = join(rescind.directory, 'data');
    const search = createSearch(canaries);
    const leaks: string[] = [];
    const kinds = new Set<string>();
    const look = ([name, content]: Place) => {
      kinds.add(name);
      leaks.push(...search(name, content));
    };
    look(['the functions’ output', rescind.printed()]);
    look(['this process’ output', printedHere.join('')]);
    look(['an answer of the API', answers.join('\n')]);
    look(['a request to AWS', JSON.stringify(tap.requests.map(({ body }) => body))]);
    look(['an answer of AWS', setting.awsAnswers.join('\n')]);
    for await (const record of recordsOf(join(data, 'table'))) look(record);
    for (const row of rowsOf(join(data, 'queues', 'fauxqs.db'))) look(row);
    for await (const [path, content] of filesBelow(data)) {
      // Where its owner, and nobody else, finds the API key.
      if (path !== rescind.stack.apiKeyFile) look([path, content]);
    }
    leaks.push(...createSearch(foreign)('the functions’ output', rescind.printed()));
    expect(leaks).toEqual([]);

    // There was something to look at.
    expect(kinds).toContain('a record of the table');
    expect(kinds).toContain('a row of sqs_messages');
    for (const line of [
      'job.parked',
      'slice.unreadable',
      'lane.misconfigured',
      'request.answered',
    ]) {
      expect(rescind.printed()).toContain(`"name":"${line}"`);
    }
    expect(rescind.printed()).toContain('"Namespace":"Rescind"');
    expect(answers.join()).toContain('"fingerprint"');
    for (const type of ['text/csv', 'text/html']) {
      expect(answers.filter((answer) => answer.includes(type)).join()).toContain(id);
    }
  },
  2000 * patienceSeconds,
);

/** Repeats the call until it is answered 202: AWS requests are being lost. */
async function submitted({ rescind }: Setting, jobs: unknown): Promise<string> {
  const init = {
    method: 'POST',
    headers: { 'idempotency-key': randomUUID() },
    body: JSON.stringify({ label: 'leaks', jobs }),
  };
  return until('the jobs to be accepted', async () => {
    const answer = await rescind.api('/v1/revocations', init);
    const text = await answer.text();
    if (answer.status < 500 && answer.status !== 202) throw new Error(text);
    const { id }: { id?: string } = JSON.parse(text);
    return answer.status === 202 && id;
  });
}

/** What is on a lane need not be ours; what it holds is its sender's, and no reason to print it. */
async function sendForeignMessages({ rescind }: Setting): Promise<Map<string, string>> {
  const token = canary();
  const { env, queueUrl } = rescind.stack;
  const sqs = new SQSClient({
    region: 'us-east-1',
    endpoint: env.AWS_ENDPOINT_URL_SQS ?? '',
    credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: 'local' },
  });
  for (const MessageBody of [token, `{"token":"${token}"}`, `{"v":2,"sealed":"${token}"}`]) {
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl('echo'), MessageBody }));
  }
  sqs.destroy();
  await until('the messages to be met', () => rescind.printed().includes('"slice.unreadable"'));
  return new Map([['the token of a foreign message', token]]);
}

/** Takes each provider's secret away, in a way that quotes it if anything does. */
async function misconfigure(setting: Setting): Promise<void> {
  const { rescind, canaries } = setting;
  const wrong = canary();
  canaries.set('a secret of the wrong shape', wrong);
  await rescind.setSecrets({
    ...Object.fromEntries(Object.keys(setting.secrets).map((id) => [id, { [wrong]: wrong }])),
    echo: { clientId: 'echo', clientSecret: wrong, nylas: wrong },
  });
  const jobs = await tokenJobs(setting);
  for (const { kind } of setting.sandboxes) await rescind.stack.crash({ worker: kind });
  await submitted(setting, jobs);
  await until('a lane to be misconfigured', () =>
    rescind.printed().includes('"lane.misconfigured"'),
  );
}

/** Every way to ask what became of it. */
async function askEverything({ rescind }: Setting, id: string): Promise<string[]> {
  const answers: string[] = [];
  const ask = async (path: string, body?: unknown) => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const answer = await rescind.api(path, init);
    answers.push(`${JSON.stringify([...answer.headers])} ${await answer.text()}`);
  };
  await ask('/v1/dead-letters/redrive', { revocation: id, dryRun: true });
  await ask('/v1/dead-letters/redrive', { revocation: id, reason: 'exhausted' });
  await ask('/v1/dead-letters/abandon', { ids: [`${id}/0/3`], note: 'gone' });
  for (const path of ['revocations', 'providers', 'dead-letters?limit=500', 'openapi.json']) {
    await ask(`/v1/${path}`);
  }
  await ask(`/v1/revocations/${id}`);
  await ask(`/v1/revocations/${id}/outcomes?limit=500`);
  for (const format of ['json', 'csv', 'html']) {
    await ask(`/v1/revocations/${id}/report?limit=2500&format=${format}`);
  }
  await ask('/v1/report-keys');
  return answers;
}

function captureOutput(into: string[]): () => void {
  const streams = [process.stdout, process.stderr].map((stream) => {
    const write = stream.write.bind(stream);
    stream.write = (chunk: string | Uint8Array) => {
      into.push(String(chunk));
      return true;
    };
    return () => {
      stream.write = write;
    };
  });
  return () => {
    for (const restore of streams) restore();
  };
}
