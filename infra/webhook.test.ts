import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readWebhookConfig } from '../shared/config.ts';
import { secretArn, tableArn } from './testing/arns.ts';
import { webhookHandler } from './testing/parts.ts';
import { type Synthesis, synthesise, withWebhooks } from './testing/synthesis.ts';

let stack: Synthesis;

beforeAll(async () => {
  stack = await synthesise(withWebhooks);
});

const routes = ({ all }: Synthesis) =>
  all('AWS::ApiGatewayV2::Route')
    .map(({ properties }) => properties)
    .filter(({ RouteKey }) => String(RouteKey).includes('/v1/webhooks/'));

const expected = [
  'GET /v1/webhooks/nylas',
  'POST /v1/webhooks/alerts',
  'POST /v1/webhooks/github',
  'POST /v1/webhooks/nylas',
];

describe('webhooks', () => {
  it('have a route for each source, and for the handshake of the one that has it', () => {
    expect(
      routes(stack)
        .map(({ RouteKey }) => RouteKey)
        .toSorted(),
    ).toEqual(expected);
    expect(new Set(routes(stack).map(({ AuthorizationType }) => AuthorizationType))).toEqual(
      new Set(['NONE']),
    );
    expect(new Set(routes(stack).map(({ Target }) => Target)).size).toBe(1);
  });

  it('are limited each apart from one another and from the callers of the API', () => {
    const { RouteSettings } = stack.one('AWS::ApiGatewayV2::Stage').properties;
    const limit = { ThrottlingRateLimit: 25, ThrottlingBurstLimit: 50 };
    expect(RouteSettings).toEqual({
      'GET /v1/health': { ThrottlingRateLimit: 10, ThrottlingBurstLimit: 20 },
      ...Object.fromEntries(expected.map((routeKey) => [routeKey, limit])),
    });
  });

  it('are there only when sources are declared', async () => {
    const without = await synthesise();
    expect(routes(without)).toEqual([]);
    expect(() => webhookHandler(without)).toThrow();
  });

  it('find their environment complete', () => {
    expect(readWebhookConfig(webhookHandler(stack).environment)).toMatchObject({
      RESCIND_WEBHOOKS_FILE: expect.stringMatching(/\/webhooks\.json$/),
      RESCIND_TABLE: stack.one('AWS::DynamoDB::Table').id,
    });
  });

  it('end before API Gateway gives up at 30 seconds', () => {
    expect(webhookHandler(stack).lambda.properties.Timeout).toBeLessThan(30);
  });

  it('touch no grants where nothing is revoked by person', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'rescind-webhooks-'));
    const webhooks = join(directory, 'webhooks.json');
    const rules = [{ revoke: 'token', provider: 'polar', token: '$.token' }];
    await writeFile(
      webhooks,
      JSON.stringify({ sources: [{ id: 'alerts', kind: 'standard-webhooks', rules }] }),
    );
    const { role } = webhookHandler(await synthesise({ webhooks }));
    await rm(directory, { recursive: true });
    const grants = { 'dynamodb:LeadingKeys': 'SUBJECT#key' };
    const table = tableArn(stack.one('AWS::DynamoDB::Table').id);
    expect(role.may('dynamodb:GetItem', table, grants)).toBe(false);
    expect(role.actions).not.toContain('dynamodb:Query');
    expect(role.may('secretsmanager:GetSecretValue', secretArn('rescind/webhooks/nylas'))).toBe(
      false,
    );
  });
});
