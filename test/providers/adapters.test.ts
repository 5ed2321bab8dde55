import { readdir } from 'node:fs/promises';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import type { Adapter, HttpAnswer, ProviderClient } from '../../shared/providers/adapter.ts';
import { loadAdapter } from '../../shared/providers/catalog.ts';
import { ConfigurationFault } from '../../shared/providers/faults.ts';
import { createTransport } from '../../shared/providers/transport.ts';
import { anAnswer, anEchoOf } from './answers.ts';
import { at, type Received, startCannedServer } from './canned-server.ts';
import type { ProviderTable, Row, Setting, WireRequest } from './table.ts';

const adaptersFolder = new URL('../../shared/providers/', import.meta.url);
const folders = (await readdir(adaptersFolder, { withFileTypes: true })).filter((entry) =>
  entry.isDirectory(),
);
const kinds: string[] = [];
for (const { name } of folders) {
  const files = await readdir(new URL(`${name}/`, adaptersFolder));
  if (files.includes('adapter.ts')) kinds.push(name);
}

const server = await startCannedServer();
const send = createTransport(5000);
afterAll(() => server[Symbol.asyncDispose]());

describe.each(kinds)('%s', async (kind) => {
  const table = await loadTable(kind);
  if (table === undefined) {
    test('has a table of its provider’s answers', () => {
      expect.fail(`write test/providers/${kind}.ts and export its table`);
    });
    return;
  }
  const adapter = await loadAdapter(kind);

  describe('as its provider documents', () => {
    test.each(table.rows)('$name', (row) => play(row, adapter, table));
  });

  describe('as every adapter', () => {
    keepsTheRules(kind, adapter, table);
  });
});

async function loadTable(kind: string): Promise<ProviderTable | undefined> {
  const tables = await readdir(new URL('./', import.meta.url));
  if (!tables.includes(`${kind}.ts`)) return undefined;
  // A variable, since Vite refuses a pattern that matches the importing file's own folder.
  const file = `./${kind}.ts`;
  const module: { table?: ProviderTable } = await import(/* @vite-ignore */ file);
  return module.table;
}

/** The adapter configured and connected as `setting` wants it; its discovery is forgotten. */
async function ready(adapter: Adapter, table: ProviderTable, setting: Setting) {
  const { origin } = server;
  const { baseUrl, options, secret, job, id, answers } = { ...table.defaults, ...setting };
  server.play({ answer: { status: 500 }, ...(answers === undefined ? {} : { answers }) });
  const configured = adapter.configure({
    id: 'p',
    baseUrl: at(origin, baseUrl ?? '') || origin,
    options: at(origin, options ?? {}),
  });
  const client = await configured.connect(JSON.stringify(secret), send);
  return { client, configured, job, id: id ?? 'rev_1/0/0', answers };
}

async function play(row: Row, adapter: Adapter, table: ProviderTable): Promise<void> {
  const { client, configured, job, id, answers } = await ready(adapter, table, row);
  const said = configured.checkJob(job);
  if ('intake' in row) {
    if (row.intake === 'accepted') expect(said).toBeUndefined();
    else expect(said).toMatch(row.intake);
    expect(said ?? '').not.toContain(job.token);
    if (row.unverifiable) expect(await client.verification?.request(job)).toBeUndefined();
    return;
  }
  expect(said, 'the job must pass intake').toBeUndefined();

  const verifies = 'liveness' in row;
  const request = verifies
    ? await client.verification?.request(job)
    : await client.revocation(job, id);
  if (request === undefined) throw new Error('the adapter has no look-up for this job');
  server.take();
  server.play({ answer: row.answer, ...(answers === undefined ? {} : { answers }) });
  const answer = await send(request);

  const wanted = verifies ? table.defaults.verification : table.defaults.revocation;
  expectOnWire(server.take(), row.request ?? wanted);
  if (verifies) expect(client.verification?.judge(answer, job)).toEqual(row.liveness);
  else expect(client.judge(answer, job)).toEqual(row.verdict);
}

function expectOnWire(received: readonly Received[], wanted: WireRequest | undefined): void {
  if (wanted === undefined) throw new Error('the table does not say what must be sent');
  expect(received).toHaveLength(1);
  const [{ method, url, headers, body } = { method: '', url: '', headers: {}, body: '' }] =
    received;
  const compared = Object.keys(wanted.headers).map((name) => [name, headers[name]]);
  expect({ method, url, headers: Object.fromEntries(compared), body }).toEqual(wanted);
}

function keepsTheRules(kind: string, adapter: Adapter, table: ProviderTable): void {
  const mayBeDead = (answer: HttpAnswer): boolean => table.documentedDead?.(answer) ?? false;
  const client = async (): Promise<ProviderClient> => (await ready(adapter, table, {})).client;
  const { job } = table.defaults;

  test('is named as its folder and connects where its table says', () => {
    expect(adapter.kind).toBe(kind);
    const options = at(server.origin, table.defaults.options ?? {});
    const withoutBaseUrl = () => adapter.configure({ id: 'p', options });
    if (adapter.requiresBaseUrl) expect(withoutBaseUrl).toThrow(ConfigurationFault);
    if (table.defaultBaseUrl !== undefined) {
      expect(withoutBaseUrl().baseUrl).toBe(table.defaultBaseUrl);
    }
  });

  test('says truthfully what it can do', async () => {
    const { verification, tokenTypeHint, reportsAlreadyInvalid } = adapter.capabilities;
    expect((await client()).verification !== undefined).toBe(verification !== 'none');
    const verdicts = table.rows.flatMap((row) => ('verdict' in row ? [row.verdict.kind] : []));
    expect(verdicts).toContain('revoked');
    expect(verdicts.includes('already_invalid')).toBe(reportsAlreadyInvalid);
    for (const tokenType of ['access_token', 'refresh_token'] as const) {
      const request = await (await client()).revocation({ ...job, tokenType }, 'rev_1/0/0');
      const sent = `${request.url} ${request.body ?? ''}`;
      if (tokenTypeHint === 'never') expect(sent).not.toContain('token_type_hint');
      if (tokenTypeHint === 'required') expect(sent).toContain(`token_type_hint=${tokenType}`);
    }
  });

  test('calls nothing success or dead above 299 that is not documented so', async () => {
    const { judge } = await client();
    fc.assert(
      fc.property(anAnswer, (answer) => {
        const { kind: verdict } = judge(answer, job);
        if (answer.status < 300 || mayBeDead(answer)) return;
        expect(['revoked', 'already_invalid']).not.toContain(verdict);
      }),
    );
  });

  test('takes 429 as throttled and 5xx as unavailable, whatever the body says', async () => {
    const { judge } = await client();
    fc.assert(
      fc.property(anAnswer, fc.constantFrom(429, 500, 502, 503, 504), (answer, status) => {
        if (mayBeDead({ ...answer, status })) return;
        const { kind: verdict } = judge({ ...answer, status }, job);
        expect(verdict).toBe(status === 429 ? 'throttled' : 'unavailable');
      }),
    );
  });

  test('looks a token up without ever throwing or calling an error proof of death', async () => {
    const { verification } = await client();
    if (verification === undefined) return;
    fc.assert(
      fc.property(anAnswer, (answer) => {
        const liveness = verification.judge(answer, job);
        if (table.documentedLookUp?.(answer)) return;
        if ([401, 403, 404, 429].includes(answer.status) || answer.status >= 500) {
          expect(liveness.kind).toBe('unknown');
        }
        if (liveness.kind === 'unknown') {
          expect(['revoked', 'already_invalid']).not.toContain(liveness.verdict.kind);
        }
      }),
    );
  });

  test('never looks a refresh token up by using it', async () => {
    const { verification } = await client();
    const request = await verification?.request({ ...job, tokenType: 'refresh_token' });
    if (adapter.capabilities.verification === 'probe') expect(request).toBeUndefined();
    expect(request?.headers.authorization ?? '').not.toContain(job.token);
    expect(`${request?.url} ${request?.body}`).not.toContain('grant_type');
  });

  test('never repeats a token that the provider echoes', async () => {
    const { judge, verification } = await client();
    fc.assert(
      fc.property(anEchoOf(job.token), (answer) => {
        expect(JSON.stringify(judge(answer, job))).not.toContain(job.token);
        expect(JSON.stringify(verification?.judge(answer, job) ?? {})).not.toContain(job.token);
      }),
    );
  });
}
