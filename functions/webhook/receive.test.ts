import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRegistry } from '../../shared/grants/registry.ts';
import { withFields } from '../../shared/log/logger.ts';
import { createDeliveries } from '../../shared/store/deliveries.ts';
import { loadSources } from '../../shared/webhooks/sources.ts';
import { startApi, type TestApi } from '../../test/support/api.ts';
import { collectMetrics, type TestMetrics } from '../../test/support/metrics.ts';
import { retentionDays } from '../../test/support/stores.ts';
import { webhookCall } from '../../test/support/webhooks.ts';
import type { WebhookDependencies } from './dependencies.ts';
import { receive } from './receive.ts';
import { createSourceSecrets } from './source-secrets.ts';

const secret = 'a-shared-secret-of-32-characters';
const sources = [
  {
    id: 'alerts',
    kind: 'hmac',
    options: { signature: { header: 'x-signature' }, id: { path: '$.id' } },
    rules: [
      { event: 'leak', revoke: 'token', provider: 'polar', token: '$.tokens[*]', ref: '$.ref' },
      { event: 'left', revoke: 'subject', subject: '$.people' },
    ],
  },
  {
    id: 'okta',
    kind: 'global-token-revocation',
    options: { auth: 'bearer' },
    rules: [
      { revoke: 'subject', subject: '$.subject.email' },
      { revoke: 'subject', subject: '$.subject.phone_number' },
    ],
  },
  { id: 'nylas', kind: 'nylas', rules: [{ revoke: 'subject', subject: '$.data.object.email' }] },
];

let api: TestApi;
let deps: WebhookDependencies;
let metrics: TestMetrics;
let directory: string;
let events = 0;

beforeAll(async () => {
  api = await startApi();
  directory = await mkdtemp(join(tmpdir(), 'rescind-webhooks-'));
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

beforeEach(async () => {
  const file = join(directory, 'webhooks.json');
  await writeFile(file, JSON.stringify({ sources }));
  api.secrets.held.set('rescind/webhooks/alerts', JSON.stringify({ secrets: [secret] }));
  api.secrets.held.set('rescind/webhooks/okta', JSON.stringify({ secrets: ['x'.repeat(40)] }));
  metrics = collectMetrics();
  deps = {
    ...api.deps,
    sources: await loadSources(file, api.deps.catalog, noKeys),
    sourceSecrets: createSourceSecrets(api.secrets.secrets),
    deliveries: createDeliveries(api.table.table),
    registry: createRegistry(api.table.table, retentionDays),
    metrics: metrics.metrics,
    log: withFields(api.deps.log, { requestId: 'request-1' }),
    now: () => 1_800_000_000,
  };
  api.lines.length = 0;
  await api.queues.receive('polar');
});

const noKeys = () => {
  throw new Error('nothing to fetch');
};
const eventOf = (event: object) => {
  events += 1;
  return JSON.stringify({ type: 'leak', id: `event-${events}`, ...event });
};
const signed = (body: string) =>
  webhookCall({
    headers: { 'x-signature': createHmac('sha256', secret).update(body).digest('hex') },
    body,
  });
const send = (body: string, wired = deps) => receive('alerts', signed(body), wired);
const queued = async () => (await api.queues.receive('polar')).length;
const refusedFor = () => {
  metrics.metrics.flush();
  return metrics.sums('WebhooksRefused');
};
const revocationsIn = (body = '{}'): string[] => JSON.parse(body).revocations;

describe('an event', () => {
  it('is queued once, however often it is sent', async () => {
    const body = eventOf({ tokens: ['polar_at_u_1', 'polar_at_u_2'], ref: 'alert-7' });

    const first = await send(body);
    const again = await Promise.all([send(body), send(body)]);

    expect([first, ...again].map(({ statusCode }) => statusCode)).toEqual([202, 202, 202]);
    const [id = ''] = revocationsIn(first.body);
    expect(await api.deps.revocations.get(id)).toMatchObject({
      requestedBy: 'webhook:alerts',
      label: 'webhook alerts: leak',
      total: 2,
    });
    expect(await queued()).toBe(1);
    expect(refusedFor()).toEqual({ 'alerts replayed': 2 });
    expect(metrics.sums('WebhooksAccepted')).toEqual({ alerts: 1 });
  });

  it('is taken in once when it comes several times at once', async () => {
    const body = eventOf({ tokens: ['polar_at_u_1'] });
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(body)));
    const statuses = answers.map(({ statusCode }) => statusCode);
    expect(statuses.filter((status) => status === 202).length).toBeGreaterThan(0);
    expect(statuses.filter((status) => status !== 202 && status !== 503)).toEqual([]);
    expect(await queued()).toBe(1);
  });

  it('is taken in by its next delivery when it could not be queued', async () => {
    const body = eventOf({ tokens: ['polar_at_u_1'] });
    const die = async () => {
      throw new Error('died');
    };
    await expect(send(body, { ...deps, lanes: { send: die } })).rejects.toThrow('died');
    const answer = await send(body);
    expect(answer.statusCode).toBe(202);
    expect(revocationsIn(answer.body)).toHaveLength(1);
    expect(await queued()).toBe(1);
  });

  it('that nobody has a rule for is accepted and touches nothing', async () => {
    const before = await api.table.scan();
    const answer = await send(eventOf({ type: 'ping' }));
    expect(answer).toMatchObject({ statusCode: 202, body: '{"revocations":[]}' });
    expect(await api.table.scan()).toEqual(before);
  });

  it('of more tokens than a revocation takes becomes several', async () => {
    const tokens = Array.from({ length: 501 }, (_, index) => `polar_at_u_${index}`);
    const { body } = await send(eventOf({ tokens }));
    const totals = await Promise.all(
      revocationsIn(body).map(async (id) => (await api.deps.revocations.get(id))?.total),
    );
    expect(totals).toEqual([500, 1]);
  });

  it('with a token that cannot be taken has the others revoked', async () => {
    const { statusCode, body } = await send(eventOf({ tokens: ['polar_at_u_1', 'no\ntoken'] }));
    expect(statusCode).toBe(202);
    const [id = ''] = revocationsIn(body);
    expect((await api.deps.revocations.get(id))?.total).toBe(1);
    expect(api.lines).toContainEqual(
      expect.objectContaining({ name: 'webhook.unmapped', source: 'alerts', events: 1 }),
    );
  });

  it.each([
    ['long', `https://github.com/${'x'.repeat(200)}`],
    ['the token itself', 'polar_at_u_1'],
  ])('with a name for the job that is %s has it revoked without one', async (_, ref) => {
    const { statusCode, body } = await send(eventOf({ tokens: ['polar_at_u_1'], ref }));
    expect(statusCode).toBe(202);
    const [id = ''] = revocationsIn(body);
    expect((await api.deps.revocations.get(id))?.total).toBe(1);
  });

  it('that died on its way in is taken in by other rules as well, once they are mended', async () => {
    const body = eventOf({ tokens: ['polar_at_u_1'], ref: 'alert-7' });
    const die = async () => {
      throw new Error('died');
    };
    await expect(send(body, { ...deps, lanes: { send: die } })).rejects.toThrow('died');
    const file = join(directory, 'mended.json');
    const [alerts] = sources;
    const rules = [{ revoke: 'token', provider: 'polar', token: '$.tokens[*]' }];
    await writeFile(file, JSON.stringify({ sources: [{ ...alerts, rules }] }));
    const mended = await loadSources(file, api.deps.catalog, noKeys);
    expect(await send(body, { ...deps, sources: mended })).toMatchObject({ statusCode: 202 });
    expect(await queued()).toBe(1);
  });

  it('of a whole megabyte names each job once, and is taken in', async () => {
    let looks = 0;
    const tokens = Array.from(
      { length: 9000 },
      (_, index) => `polar_at_u_${index}_${'x'.repeat(70)}`,
    );
    const body = eventOf({ tokens, ref: 'a'.repeat(128) });
    expect(body.length).toBeGreaterThan(700_000);
    const catalog = new Map(
      [...deps.catalog].map(([id, provider]) => [
        id,
        {
          ...provider,
          adapter: {
            ...provider.adapter,
            checkJob: (job: Parameters<typeof provider.adapter.checkJob>[0]) => {
              looks += 1;
              return provider.adapter.checkJob(job);
            },
          },
        },
      ]),
    );
    expect(await send(body, { ...deps, catalog })).toMatchObject({ statusCode: 202 });
    expect(looks).toBe(tokens.length);
  });

  it('keeps no token alive by a type that holds it', async () => {
    const { statusCode, body } = await send(eventOf({ tokens: ['leak', 'alerts'] }));
    expect(statusCode).toBe(202);
    const [id = ''] = revocationsIn(body);
    expect((await api.deps.revocations.get(id))?.total).toBe(2);
  });

  it('that calls a job by its token does not have it shown', async () => {
    const tokens = ['polar_at_u_secret_1', 'polar_at_u_2'];
    const { statusCode, body } = await send(eventOf({ tokens, ref: 'polar_at_u_secret_1' }));
    expect(statusCode).toBe(202);
    expect(revocationsIn(body)).toHaveLength(1);
    expect(JSON.stringify(await api.table.scan())).not.toContain('polar_at_u_secret_1');
  });
});

describe('a call is refused, counted and costs nothing downstream:', () => {
  it.each([
    ['unknown', 'unknown-source', 404, () => receive('nobody', signed('{}'), deps)],
    ['by GET', 'wrong-method', 405, () => receive('alerts', webhookCall({ method: 'GET' }), deps)],
    ['too large', 'too-large', 413, () => send(eventOf({ tokens: ['x'.repeat(1024 * 1024)] }))],
    [
      'with too many tokens',
      'too-large',
      413,
      () => send(eventOf({ tokens: Array.from({ length: 10_001 }, (_, index) => `t${index}`) })),
    ],
    [
      'with too many people',
      'too-large',
      413,
      () =>
        send(
          eventOf({
            type: 'left',
            people: Array.from({ length: 1001 }, (_, index) => `p${index}`),
          }),
        ),
    ],
    ['unsigned', 'unsigned', 401, () => receive('alerts', webhookCall({ body: '{}' }), deps)],
    [
      'wrongly signed',
      'wrong-signature',
      401,
      () => receive('alerts', webhookCall({ headers: { 'x-signature': 'ab' }, body: '{}' }), deps),
    ],
    ['no JSON', 'malformed', 400, () => send('[')],
    ['with nothing to revoke', 'unmapped', 422, () => send(eventOf({ tokens: [] }))],
  ])('%s', async (_, reason, status, call) => {
    const before = await api.table.scan();
    const answer = await call();
    expect(answer.statusCode).toBe(status);
    expect(answer.headers?.['content-type']).toBe('application/problem+json');
    const source = reason === 'unknown-source' ? 'unknown' : 'alerts';
    expect(refusedFor()).toEqual({ [`${source} ${reason}`]: 1 });
    expect(api.lines).toContainEqual(
      expect.objectContaining({ name: 'webhook.refused', source, reason }),
    );
    expect(await api.table.scan()).toEqual(before);
    expect(await queued()).toBe(0);
  });

  it('without a secret of ours, which is asked for once', async () => {
    api.secrets.held.delete('rescind/webhooks/nylas');
    const reads = api.secrets.reads.length;
    const call = webhookCall({ headers: { 'x-nylas-signature': 'ab' }, body: '{}' });
    for (let time = 0; time < 5; time += 1) {
      expect(await receive('nylas', call, deps)).toMatchObject({ statusCode: 503 });
    }
    expect(api.secrets.reads.length - reads).toBe(1);
    expect(api.lines).toContainEqual(
      expect.objectContaining({ name: 'webhook.misconfigured', detail: 'its secret is missing' }),
    );
    // The handshake comes before the secret.
    const handshake = webhookCall({ method: 'GET', query: { challenge: 'abc' } });
    expect(await receive('nylas', handshake, deps)).toMatchObject({ statusCode: 200, body: 'abc' });
  });

  it('with a secret that does not fit, which is not quoted', async () => {
    api.secrets.held.set('rescind/webhooks/nylas', '{"secrets":["canary-1"]}');
    const call = webhookCall({ headers: { 'x-nylas-signature': 'ab' }, body: '{}' });
    expect(await receive('nylas', call, deps)).toMatchObject({ statusCode: 503 });
    expect(JSON.stringify(api.lines)).toContain('secrets.0 must be');
    expect(JSON.stringify(api.lines)).not.toContain('canary-1');
  });
});

describe('a person', () => {
  const revoke = (sub_id: object) =>
    receive(
      'okta',
      webhookCall({
        headers: { authorization: `Bearer ${'x'.repeat(40)}` },
        body: JSON.stringify({ sub_id }),
      }),
      deps,
    );
  const byEmail = (email: string) => revoke({ format: 'email', email });
  const register = async (person: string, grantId: string) => {
    const { statusCode } = await api.call({
      method: 'PUT',
      path: `/v1/subjects/${encodeURIComponent(person)}/grants/${grantId}`,
      body: { provider: 'polar', accessToken: `polar_at_u_${person.slice(0, 4)}_${grantId}` },
    });
    expect(statusCode).toBe(201);
  };

  it('has all grants revoked, and is known from then on', async () => {
    for (const grantId of ['one', 'two']) await register('jane@example.com', grantId);
    expect(await byEmail('jane@example.com')).toMatchObject({ statusCode: 204 });
    expect(await queued()).toBe(1);
    expect(await byEmail('jane@example.com')).toMatchObject({ statusCode: 204 });
    expect(await queued()).toBe(0);
  });

  it('is known by any of several names', async () => {
    await register('june@example.com', 'one');
    const names = {
      format: 'aliases',
      identifiers: [
        { format: 'email', email: 'june@example.com' },
        { format: 'phone_number', phone_number: '+12065550100' },
      ],
    };
    for (let time = 0; time < 2; time += 1) {
      expect(await revoke(names)).toMatchObject({ statusCode: 204 });
    }
    expect(await queued()).toBe(1);
  });

  it('of whom nothing is registered is unknown, again and again', async () => {
    for (let time = 0; time < 2; time += 1) {
      expect(await byEmail('nobody@example.com')).toMatchObject({ statusCode: 404 });
    }
    expect(await queued()).toBe(0);
  });

  it('of whom nothing was registered is not revoked by a repetition of what was sent then', async () => {
    const body = eventOf({ type: 'left', people: ['jake@example.com'] });
    expect(await send(body)).toMatchObject({ statusCode: 202, body: '{"revocations":[]}' });
    await register('jake@example.com', 'one');
    expect(await send(body)).toMatchObject({ statusCode: 202, body: '{"revocations":[]}' });
    expect(refusedFor()).toEqual({ 'alerts replayed': 1 });
    expect(await queued()).toBe(0);
  });

  it('is one of many in an event', async () => {
    const people = Array.from({ length: 30 }, (_, index) => `p${index + 10}@example.com`);
    for (const person of people) await register(person, 'one');
    const { body } = await send(eventOf({ type: 'left', people }));
    expect(revocationsIn(body)).toHaveLength(30);
    expect(await queued()).toBe(30);
  });
});
