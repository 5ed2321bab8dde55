import { expect, test } from 'vitest';
import { lines } from './lines.ts';
import { readNdjson } from './read-ndjson.ts';

async function read(text: string, settings: Partial<Parameters<typeof readNdjson>[1]> = {}) {
  const chunks = (async function* () {
    yield Buffer.from(text);
  })();
  const all = { map: {}, ignoreUnknown: false, ...settings };
  return (await Array.fromAsync(readNdjson(lines(chunks), all))).flat();
}

const job = { provider: 'polar', token: 'token-canary' };

test('takes jobs as the API does, and other names for their fields', async () => {
  const text = [
    JSON.stringify({ ...job, parameters: { realm: 'a' }, ref: null }),
    '',
    JSON.stringify({ provider: 'polar', access: 'a', token_type: 'access_token' }),
  ].join('\n');
  const reads = await read(text, { map: { token: 'access' } });
  expect(reads.map((each) => (each.kind === 'row' ? JSON.parse(each.row.text) : each))).toEqual([
    // Named by --map, the token is not looked for under its own name.
    expect.objectContaining({ kind: 'flawed', line: 1 }),
    { provider: 'polar', token: 'a', tokenType: 'access_token' },
  ]);
});

test('defaults are for lines that name none', async () => {
  const text = `{"token":"a"}\n${JSON.stringify({ ...job, provider: 'mollie' })}`;
  const reads = await read(text, { provider: 'polar', tokenType: 'access_token' });
  expect(reads).toMatchObject([{ row: { provider: 'polar' } }, { row: { provider: 'mollie' } }]);
});

test('parameters may be an object, or stand beside the rest', async () => {
  const beside = { 'parameters.token': 'x', cid: 'y', ...job };
  const [read1] = await read(JSON.stringify(beside), { map: { 'parameters.client': 'cid' } });
  const sent = { ...job, parameters: { token: 'x', client: 'y' } };
  expect(read1).toMatchObject({ row: { token: job.token } });
  expect(read1?.kind === 'row' && JSON.parse(read1.row.text)).toEqual(sent);
  const [both] = await read(JSON.stringify({ ...beside, parameters: {} }), { ignoreUnknown: true });
  expect(both).toMatchObject({ kind: 'flawed', flaws: [{ field: 'parameters' }] });
});

test.each([
  ['{"provider":"polar"}', { field: 'token', detail: 'is missing' }],
  ['{"provider":"polar","token":7}', { field: 'token', detail: 'must be a string' }],
  ['"token-canary"', { detail: 'is not one JSON object' }],
  ['{"provider":"polar","token":"token-canary"', { detail: 'is not one JSON object' }],
  [JSON.stringify({ ...job, name: 'x' }), { detail: expect.stringContaining('--ignore-unknown') }],
  [
    JSON.stringify({ ...job, Token: 'y' }),
    { field: 'token', detail: 'has two fields for the same' },
  ],
  [JSON.stringify({ ...job, ref: 'x'.repeat(200) }), { field: 'ref' }],
])('%s', async (text, flaw) => {
  const [first] = await read(text);
  expect(first).toMatchObject({ kind: 'flawed', line: 1, flaws: [flaw] });
  expect(JSON.stringify(first)).not.toContain('canary');
});

test('a list is not lines', async () => {
  await expect(read('[{"provider":"polar"}]')).rejects.toThrow('jq');
});
