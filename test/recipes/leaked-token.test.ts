import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listenOnLoopback } from '../../local/loopback.ts';
import { createTransport } from '../../shared/providers/transport.ts';
import { planOf } from '../../shared/webhooks/plan.ts';
import { loadSources } from '../../shared/webhooks/sources.ts';
import { createSearch } from '../leaks/search.ts';
import { tokensOf } from './company.ts';
import { type Recipe, startRecipe } from './recipe.ts';

let recipe: Recipe;
beforeAll(async () => {
  recipe = await startRecipe('leaked-token');
});
afterAll(() => recipe?.[Symbol.asyncDispose]());

test('an alert has the leaked token revoked, and nothing else', async () => {
  expect(await recipe.type(3)).toMatch(/^202 \{"revocations":\["rev_[0-9a-f]{40}"\]\}$/m);
  const proof = await recipe.type(1);
  expect(proof).toContain('completed: revoked 1\n');
  expect(proof).toMatch(/run-4711 +polar +revoked/);
  expect(proof.match(/^[\w-]+ +dead$/gm)).toEqual([expect.stringContaining('ana-polar ')]);
  expect(proof.match(/^[\w-]+ +2 tokens alive$/gm)).toHaveLength(5);
});

test('sent again it is accepted, and does nothing', async () => {
  const again = await recipe.type(1);
  expect(again).toMatch(/^202 /m);
  expect(again.match(/^rev_.* webhook scanner/gm)).toHaveLength(1);
});

test('signed by another secret it is refused', async () => {
  expect(await recipe.type(1)).toMatch(/^401 .*\nended with 1\n$/);
});

test('a report without its tokens is refused before it is sent', async () => {
  const send = async (name: string, findings: unknown) => {
    await writeFile(join(recipe.folder, '.recipe/other.json'), JSON.stringify(findings));
    return recipe.alsoType(
      `npx node docs/recipes/leaked-token/send.ts .recipe/other.json ${name} || echo "ended with $?"`,
    );
  };
  const [token = ''] = tokensOf(recipe).filter((text) => text.startsWith('polar_at_'));
  const whole = { RuleID: 'polar-token', Secret: token };
  for (const Secret of ['REDACTED', `${token.slice(0, 40)}...`]) {
    expect(await send('run-4713', [whole, { ...whole, Secret }])).toMatch(
      /^send: 1 of 2 findings hold no token \(polar-token\): .*Nothing was sent\nended with 2\n$/,
    );
  }
  expect(await send('run-4713', { findings: [whole] })).toMatch(/^send: .*\nended with 2\n$/);
  expect(await send('run-4713', [{ RuleID: 'aws-access-token', Secret: 'AKIA' }])).toBe(
    'no token was found that Rescind can revoke\n',
  );
  const none = await recipe.alsoType('npx rescind status');
  expect(none.match(/^rev_/gm)).toHaveLength(1);
});

test('an alert without an answer is sent once more', async () => {
  const ids: unknown[] = [];
  await using server = createServer((request, response) => {
    ids.push(request.headers['webhook-id']);
    if (ids.length === 1) request.socket.destroy();
    else response.writeHead(202).end('{}');
  });
  const url = await listenOnLoopback(server, 0);
  const printed = await recipe.alsoType(
    `SCANNER_WEBHOOK_URL=${url} npx node docs/recipes/leaked-token/send.ts .recipe/report.json run-4714`,
  );
  expect(printed).toBe('202 {}\n');
  expect(ids).toEqual(['scan-run-4714', 'scan-run-4714']);
});

test('no server shows a token', () => {
  const search = createSearch(new Map(tokensOf(recipe).map((token) => [token, token])));
  expect(search('the terminals', recipe.printed())).toEqual([]);
});

const source = new URL('../../docs/recipes/leaked-token/', import.meta.url);

test('the sender checks what Gitleaks looks for', async () => {
  const rules = await readFile(new URL('gitleaks.toml', source), 'utf8');
  const sender = await readFile(new URL('send.ts', source), 'utf8');
  const found = [...rules.matchAll(/^id = "(.*)"\n.*\nregex = '''\\b(.*)'''$/gm)];
  expect(found).toHaveLength(2);
  for (const [, id, pattern] of found) expect(sender).toContain(`['${id}', /^${pattern}$/]`);
});

test.each([
  ['polar-token', 'polar_at_u_1', 1],
  ['polar-token', 'polar_rt_o_1', 1],
  ['polar-token', 'polar_pat_1', 0],
  ['polar-token', 'REDACTED', 0],
  ['mollie-token', 'access_1', 1],
  ['mollie-token', 'refresh_1', 1],
  ['mollie-token', 'REDACTED', 0],
])('of a finding by %s, %s makes %i jobs', async (RuleID, Secret, count) => {
  const sources = await loadSources(
    fileURLToPath(new URL('webhooks.json', source)),
    new Set(['polar', 'mollie']),
    createTransport(1000),
  );
  const data = { type: 'token.leaked', data: { run: 'run-1', findings: [{ RuleID, Secret }] } };
  const rules = sources.get('scanner')?.rules ?? [];
  const plan = planOf([{ type: 'token.leaked', data }], rules);
  expect([plan?.jobs.length, plan?.unmapped.length]).toEqual([count, 1 - count]);
});

test('the other sender is one that can be declared', async () => {
  const page = await readFile(
    new URL('../../docs/recipes/leaked-token.md', import.meta.url),
    'utf8',
  );
  const [, declared = ''] = /^```json\n(.*?)^```$/ms.exec(page) ?? [];
  const folder = await mkdtemp(join(tmpdir(), 'rescind-recipe-'));
  try {
    const file = join(folder, 'webhooks.json');
    await writeFile(file, declared);
    const sources = await loadSources(file, new Set(['polar']), createTransport(1000));
    expect([...sources.keys()]).toEqual(['github']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
