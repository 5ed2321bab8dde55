import { readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  readConfig,
  readDeadLetterConfig,
  readSealingKeysConfig,
  readSweepConfig,
  readWorkerConfig,
} from '../shared/config.ts';
import { catalogOf } from '../test/support/catalog.ts';
import { account, keyArn, queueArn, region, secretArn } from './testing/arns.ts';
import {
  apiHandler,
  consumedQueue,
  deadLetters,
  functionPart,
  keyRotation,
  lane,
  sweeper,
} from './testing/parts.ts';
import { buildStack, type Synthesis, synthesise } from './testing/synthesis.ts';

let stack: Synthesis;

beforeAll(async () => {
  stack = await synthesise({ retentionDays: '90', logRetentionDays: '14' });
});

const queueUrl = (name: string) => `https://sqs.${region}.amazonaws.com/${account}/${name}`;

describe('every function', () => {
  it('finds its environment complete', () => {
    const expected = {
      RESCIND_TABLE: stack.one('AWS::DynamoDB::Table').id,
      RESCIND_PROVIDERS_FILE: resolve('providers.json'),
      RESCIND_QUEUE_URL_PREFIX: queueUrl('rescind-production-lane-'),
      RESCIND_SECRETS_PREFIX: 'rescind',
      RESCIND_RETENTION_DAYS: 90,
      RESCIND_STAGE: 'production',
    };
    expect(readConfig(apiHandler(stack).environment)).toEqual(expected);
    expect(readWorkerConfig(lane(stack, 'mollie').consumer.environment)).toEqual({
      ...expected,
      RESCIND_LANE: 'mollie',
    });
    expect(readSealingKeysConfig(keyRotation(stack).environment)).toMatchObject({
      RESCIND_TABLE: expected.RESCIND_TABLE,
      RESCIND_SECRETS_PREFIX: 'rescind',
      RESCIND_KEY_ROTATION_DAYS: 90,
    });
    const { RESCIND_SECRETS_PREFIX: _, ...swept } = expected;
    expect(readSweepConfig(sweeper(stack).environment)).toEqual({
      ...swept,
      RESCIND_SWEEP_MAX_AGE_DAYS: 7,
    });
    expect(readDeadLetterConfig(deadLetters(stack).consumer.environment)).toEqual({
      RESCIND_TABLE: expected.RESCIND_TABLE,
      RESCIND_RETENTION_DAYS: 90,
      RESCIND_STAGE: 'production',
    });
  });

  it('runs on Node 24 and ARM', () => {
    for (const { properties } of stack.all('AWS::Lambda::Function')) {
      expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
    }
  });
});

describe('every queue', () => {
  it("is encrypted with the stage's key and refuses to be spoken to without TLS", () => {
    for (const { properties } of stack.all('AWS::SQS::Queue')) {
      expect(properties.KmsMasterKeyId).toBe(keyArn(stack.one('AWS::KMS::Key').id));
      expect(properties.KmsDataKeyReusePeriodSeconds).toBe(3600);
      const arn = queueArn(String(properties.QueueName));
      const policies = stack.all('AWS::SQS::QueuePolicy').map(({ properties }) => properties);
      expect(policies).toContainEqual({
        Queues: [queueUrl(String(properties.QueueName))],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Action: 'sqs:*',
              Condition: { Bool: { 'aws:SecureTransport': 'false' } },
              Effect: 'Deny',
              Principal: { AWS: '*' },
              Resource: arn,
            },
          ],
        },
      });
    }
  });
});

describe('every log', () => {
  it('ends, and belongs to the stack rather than to whatever function writes first', () => {
    const groups = stack.all('AWS::Logs::LogGroup');
    expect(groups.map(({ properties }) => properties.RetentionInDays)).toEqual(
      groups.map(() => 14),
    );
    const used = stack
      .all('AWS::Lambda::Function')
      .map((lambda) => functionPart(lambda, stack).logGroup);
    const accessLog = 1;
    expect(new Set(used).size).toBe(groups.length - accessLog);
  });
});

describe('the stack', () => {
  it('cannot be deleted by one command in production', async () => {
    expect(stack.stack.terminationProtection).toBe(true);
    expect((await synthesise({ stage: 'dev' })).stack.terminationProtection).toBe(false);
  });

  it('takes 35 providers: CloudFormation’s limits are 500 resources and a megabyte', async () => {
    const ids = Array.from({ length: 35 }, (_, index) => ({ id: `p${index}`, kind: 'polar' }));
    const context = { alarmEmail: 'on-call@example.com', tracing: 'true', tags: 'owner=platform' };
    const { app, stack } = await buildStack(context, await catalogOf(...ids));
    app.synth();
    const file = join(app.outdir, stack.templateFile);
    const template = await readFile(file, 'utf8');
    await rm(app.outdir, { recursive: true });
    expect(template.length).toBeLessThan(1_000_000);
    expect(Object.keys(JSON.parse(template).Resources).length).toBeLessThanOrEqual(500);
  });

  it('says where its parts are', () => {
    expect(stack.outputs).toMatchObject({
      ApiUrl: expect.stringMatching(/^https:\/\/[^/]+$/),
      TableName: stack.one('AWS::DynamoDB::Table').id,
      DeadLetterQueueUrl: queueUrl('rescind-production-dead-letters'),
      QueueUrlPrefix: queueUrl('rescind-production-lane-'),
      KeyRotation: keyRotation(stack).lambda.id,
    });
  });

  it('lives beside another stage without sharing a name or a secret', async () => {
    const dev = await synthesise({ stage: 'dev' });
    const names = ({ stack, all }: Synthesis) => [
      stack.stackName,
      ...all('AWS::SQS::Queue').map(({ properties }) => properties.QueueName),
      ...all('AWS::ApiGatewayV2::Api').map(({ properties }) => properties.Name),
      ...all('AWS::KMS::Alias').map(({ properties }) => properties.AliasName),
      ...all('AWS::SecretsManager::Secret').map(({ properties }) => properties.Name),
    ];
    const taken = new Set(names(stack));
    expect(names(dev).filter((name) => taken.has(name))).toEqual([]);

    const { role, environment } = consumedQueue(dev, 'rescind-dev-lane-polar').consumer;
    expect(environment.RESCIND_SECRETS_PREFIX).toBe('rescind-dev');
    const mayRead = (name: string) => role.may('secretsmanager:GetSecretValue', secretArn(name));
    expect(mayRead('rescind-dev/providers/polar')).toBe(true);
    expect(mayRead('rescind/providers/polar')).toBe(false);
  });
});
