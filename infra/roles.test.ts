import { beforeAll, describe, expect, it } from 'vitest';
import {
  functionArn,
  indexArn,
  keyArn,
  logStreamArn,
  queueArn,
  ruleArn,
  secretArn,
  tableArn,
} from './testing/arns.ts';
import {
  apiHandler,
  deadLetters,
  type FunctionPart,
  keyRotation,
  keyRotationRule,
  lane,
  reportHandler,
  sweeper,
  sweepRule,
  webhookHandler,
} from './testing/parts.ts';
import type { Context } from './testing/role.ts';
import { type Synthesis, synthesise, withWebhooks } from './testing/synthesis.ts';

/** An action on a resource, for DynamoDB and KMS with what it is about. */
type Request = [action: string, resource: string, context?: Context];

let stack: Synthesis;
let table: string;
let listing: string;
let key: string;

beforeAll(async () => {
  stack = await synthesise();
  const { id } = stack.one('AWS::DynamoDB::Table');
  table = tableArn(id);
  listing = indexArn(id, 'listing');
  key = keyArn(stack.one('AWS::KMS::Key').id);
});

const sealingKeys = secretArn('rescind/sealing-keys');
const secretOf = (provider: string) => secretArn(`rescind/providers/${provider}`);
const laneOf = (provider: string) => queueArn(`rescind-production-lane-${provider}`);
const deadLetterQueue = queueArn('rescind-production-dead-letters');

const consume = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'];
/** What the poller of an event source mapping asks besides. */
const describeQueue = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl'];
/** A stream of a function's own log group. */
const logOf = ({ logGroup }: FunctionPart): string =>
  logStreamArn(logGroup).replace('*', 'log-stream:2026/11/21/[$LATEST]0');
const writeLog = ['logs:CreateLogStream', 'logs:PutLogEvents'];
const handleItems = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'];

const item = (partition: string): Context => ({ 'dynamodb:LeadingKeys': partition });

const each = (actions: string[], resource: string, partition?: string): Request[] =>
  actions.map((action) =>
    partition === undefined ? [action, resource] : [action, resource, item(partition)],
  );

/** What KMS is told when a service uses the key for somebody. */
const via = (service: string, name: string, value: string): Context => ({
  'kms:ViaService': `${service}.eu-west-1.amazonaws.com`,
  [`kms:EncryptionContext:${name}`]: value,
});
const forQueue = (arn: string) => via('sqs', 'aws:sqs:arn', arn);
const forSecret = (arn: string) => via('secretsmanager', 'SecretARN', arn);
const forTable = (arn: string) =>
  via('dynamodb', 'aws:dynamodb:tableName', arn.split('/').at(-1) ?? '');

/** What no function may do with the key: use it by itself, for anything else, or change it. */
const misuseKey = (): Request[] => [
  ...['Decrypt', 'GenerateDataKey', 'Encrypt', 'ReEncryptFrom'].map(
    (action): Request => [`kms:${action}`, key],
  ),
  ...['CreateGrant', 'PutKeyPolicy', 'DisableKey', 'ScheduleKeyDeletion'].map(
    (action): Request => [`kms:${action}`, key, forTable(table)],
  ),
  ['kms:Decrypt', key, via('sqs', 'SecretARN', sealingKeys)],
  ['kms:Decrypt', key, via('s3', 'aws:s3:arn', 'arn:aws:s3:::bucket')],
  ['kms:Decrypt', key, forTable(tableArn('another'))],
  ['kms:Decrypt', keyArn('another'), forTable(table)],
];

/** What no function may do with the table: reading it all, or making anything disappear. */
const wreckTable = (): Request[] =>
  each(
    [
      'dynamodb:Scan',
      'dynamodb:DeleteItem',
      'dynamodb:BatchWriteItem',
      'dynamodb:DeleteTable',
      'dynamodb:UpdateTimeToLive',
      'dynamodb:PartiQLDelete',
      'dynamodb:ExportTableToPointInTime',
    ],
    table,
    'REV#rev_1',
  );

function expectRole(
  { role }: FunctionPart,
  { may, mayNot }: { may: Request[]; mayNot: Request[] },
) {
  const allowed = (request: Request) => role.may(...request);
  expect(
    may.filter((request) => !allowed(request)),
    'refused',
  ).toEqual([]);
  expect(mayNot.filter(allowed), 'allowed').toEqual([]);
  expect(role.actions).toEqual([...new Set(may.map(([action]) => action))].sort());
}

describe('the api', () => {
  it("seals and queues, but may not read a provider's secret or take anything off a queue", () => {
    const api = apiHandler(stack);
    expectRole(api, {
      may: [
        ['secretsmanager:GetSecretValue', sealingKeys],
        ...['polar', 'polar-backup', 'mollie'].map(
          (id): Request => ['sqs:SendMessage', laneOf(id)],
        ),
        ...each([...handleItems, 'dynamodb:BatchGetItem'], table, 'REV#rev_1'),
        ...each(handleItems, table, 'IDEM#digest'),
        ...each(['dynamodb:GetItem', 'dynamodb:PutItem'], table, 'SUBJECT#key'),
        ['dynamodb:GetItem', table, item('LANE#polar')],
        ['dynamodb:Query', table],
        ['dynamodb:Query', table, item('SUBJECT#key')],
        ['dynamodb:Query', listing],
        ['kms:Decrypt', key, forSecret(sealingKeys)],
        ['kms:Decrypt', key, forTable(table)],
        ['kms:Decrypt', key, forQueue(laneOf('polar'))],
        ['kms:GenerateDataKey', key, forQueue(laneOf('polar'))],
        ...each(writeLog, logOf(api)),
      ],
      mayNot: [
        ['secretsmanager:GetSecretValue', secretOf('polar')],
        ['secretsmanager:GetSecretValue', secretOf('mollie')],
        ['secretsmanager:PutSecretValue', sealingKeys],
        ...each([...consume, 'sqs:PurgeQueue'], laneOf('polar')),
        ['sqs:SendMessage', deadLetterQueue],
        ...each(consume, deadLetterQueue),
        ...each(['dynamodb:PutItem', 'dynamodb:UpdateItem'], table, 'LANE#polar'),
        ['kms:Decrypt', key, forSecret(secretOf('polar'))],
        ['kms:Decrypt', key, forQueue(deadLetterQueue)],
        ['kms:GenerateDataKey', key, forSecret(sealingKeys)],
        ...misuseKey(),
        ...wreckTable(),
      ],
    });
  });
});

describe("a lane's worker", () => {
  it("serves its own lane, but may not touch another one's secret, queue or pace", () => {
    const { consumer } = lane(stack, 'polar');
    const others = ['mollie', 'polar-backup'];
    expectRole(consumer, {
      may: [
        ['secretsmanager:GetSecretValue', sealingKeys],
        ['secretsmanager:GetSecretValue', secretOf('polar')],
        ...each([...consume, ...describeQueue], laneOf('polar')),
        ...each(handleItems, table, 'REV#rev_1'),
        ...each(handleItems, table, 'LANE#polar'),
        ['kms:Decrypt', key, forSecret(sealingKeys)],
        ['kms:Decrypt', key, forSecret(secretOf('polar'))],
        ['kms:Decrypt', key, forTable(table)],
        ['kms:Decrypt', key, forQueue(laneOf('polar'))],
        ...each(writeLog, logOf(consumer)),
      ],
      mayNot: [
        ...others.flatMap((id): Request[] => [
          ['secretsmanager:GetSecretValue', secretOf(id)],
          ...each([...consume, 'sqs:SendMessage'], laneOf(id)),
          ...each(handleItems, table, `LANE#${id}`),
          ...each(writeLog, logOf(lane(stack, id).consumer)),
          ['kms:Decrypt', key, forSecret(secretOf(id))],
          ['kms:Decrypt', key, forQueue(laneOf(id))],
        ]),
        ['kms:GenerateDataKey', key, forQueue(laneOf('polar'))],
        ['kms:GenerateDataKey', key, forSecret(secretOf('polar'))],
        ...misuseKey(),
        ['secretsmanager:PutSecretValue', secretOf('polar')],
        ['secretsmanager:PutSecretValue', sealingKeys],
        ['sqs:SendMessage', laneOf('polar')],
        ...each(consume, deadLetterQueue),
        ...each(handleItems, table, 'IDEM#digest'),
        ['dynamodb:Query', table],
        ['dynamodb:Query', listing],
        ...wreckTable(),
      ],
    });
  });
});

describe('the dead-letter function', () => {
  it('moves dead letters into the ledger, but may not read any secret, so it can open none', () => {
    const { consumer } = deadLetters(stack);
    expectRole(consumer, {
      may: [
        ...each([...consume, ...describeQueue], deadLetterQueue),
        ...each(handleItems, table, 'REV#rev_1'),
        ...each(writeLog, logOf(consumer)),
        ['kms:Decrypt', key, forQueue(deadLetterQueue)],
        // SQS moves a message as it was encrypted: for the lane it comes from.
        ['kms:Decrypt', key, forQueue(laneOf('polar'))],
        ['kms:Decrypt', key, forTable(table)],
      ],
      mayNot: [
        ['secretsmanager:GetSecretValue', sealingKeys],
        ['secretsmanager:GetSecretValue', secretOf('polar')],
        ['kms:Decrypt', key, forSecret(sealingKeys)],
        ['kms:Decrypt', key, forSecret(secretOf('polar'))],
        ['kms:Decrypt', key, forQueue(queueArn('rescind-dev-lane-polar'))],
        ...misuseKey(),
        ...each([...consume, 'sqs:SendMessage'], laneOf('polar')),
        ['sqs:SendMessage', deadLetterQueue],
        ...each(handleItems, table, 'LANE#polar'),
        ...each(handleItems, table, 'IDEM#digest'),
        ['dynamodb:Query', table],
        ['dynamodb:Query', listing],
        ...wreckTable(),
      ],
    });
  });
});

describe('the rotation of the sealing keys', () => {
  it('writes them and sees which are needed, but may not read anything that is sealed with them', () => {
    const rotation = keyRotation(stack);
    expectRole(rotation, {
      may: [
        ['secretsmanager:GetSecretValue', sealingKeys],
        ['secretsmanager:DescribeSecret', sealingKeys],
        ['secretsmanager:PutSecretValue', sealingKeys],
        ['kms:Decrypt', key, forSecret(sealingKeys)],
        ['kms:GenerateDataKey', key, forSecret(sealingKeys)],
        ['kms:Decrypt', key, forTable(table)],
        ['dynamodb:Query', listing, item('LEDGER')],
        ['dynamodb:Query', listing, item('GRANTS#enc-1')],
        ['dynamodb:Query', listing, item('REVOKING')],
        ...each(writeLog, logOf(rotation)),
      ],
      mayNot: [
        ...each(
          ['secretsmanager:DeleteSecret', 'secretsmanager:UpdateSecretVersionStage'],
          sealingKeys,
        ),
        ['secretsmanager:GetSecretValue', secretOf('polar')],
        ['secretsmanager:PutSecretValue', secretOf('polar')],
        ['kms:Decrypt', key, forSecret(secretOf('polar'))],
        ['kms:Decrypt', key, forQueue(laneOf('polar'))],
        ['dynamodb:Query', listing, item('REVOCATIONS')],
        ['dynamodb:Query', table, item('LEDGER')],
        ['dynamodb:Query', table, item('SUBJECT#key')],
        ...each([...handleItems, 'dynamodb:BatchGetItem'], table, 'REV#rev_1'),
        ...each([...handleItems, 'dynamodb:BatchGetItem'], table, 'SUBJECT#key'),
        ...each([...consume, 'sqs:SendMessage'], laneOf('polar')),
        ...each(consume, deadLetterQueue),
        ...misuseKey(),
        ...wreckTable(),
      ],
    });
  });
});

describe('the report function', () => {
  it('reads revocations and what it signs with, may open nothing that is sealed, and writes nothing', () => {
    const report = reportHandler(stack);
    const reportKey = secretArn('rescind/report-signing-key');
    expectRole(report, {
      may: [
        ['secretsmanager:GetSecretValue', reportKey],
        ['dynamodb:GetItem', table, item('REV#rev_1')],
        ['dynamodb:Query', table, item('REV#rev_1')],
        ['kms:Decrypt', key, forSecret(reportKey)],
        ['kms:Decrypt', key, forTable(table)],
        ...each(writeLog, logOf(report)),
      ],
      mayNot: [
        ['secretsmanager:GetSecretValue', sealingKeys],
        ['secretsmanager:GetSecretValue', secretOf('polar')],
        ['secretsmanager:PutSecretValue', reportKey],
        ['kms:Decrypt', key, forSecret(sealingKeys)],
        ['kms:GenerateDataKey', key, forSecret(reportKey)],
        ['kms:Decrypt', key, forQueue(laneOf('polar'))],
        ['sqs:SendMessage', laneOf('polar')],
        ...each(consume, laneOf('polar')),
        ...each(['dynamodb:PutItem', 'dynamodb:UpdateItem'], table, 'REV#rev_1'),
        ...each(handleItems, table, 'IDEM#digest'),
        ...each(handleItems, table, 'SUBJECT#key'),
        ['dynamodb:Query', table, item('SUBJECT#key')],
        ['dynamodb:Query', listing],
        ...misuseKey(),
        ...wreckTable(),
      ],
    });
  });

  it('alone reads what it signs with', () => {
    const reportKey = secretArn('rescind/report-signing-key');
    const others = [
      apiHandler(stack),
      lane(stack, 'polar').consumer,
      deadLetters(stack).consumer,
      keyRotation(stack),
      sweeper(stack),
    ];
    const may = others.filter(({ role }) => role.may('secretsmanager:GetSecretValue', reportKey));
    expect(may).toEqual([]);
  });
});

describe('webhooks', () => {
  it('may do what the API does at intake, and read what their sources sign with', async () => {
    const withSources = await synthesise(withWebhooks);
    const webhook = webhookHandler(withSources);
    const sourceSecret = (source: string) => secretArn(`rescind/webhooks/${source}`);
    expectRole(webhook, {
      may: [
        ['secretsmanager:GetSecretValue', sealingKeys],
        ['secretsmanager:GetSecretValue', sourceSecret('alerts')],
        ['secretsmanager:GetSecretValue', sourceSecret('nylas')],
        ...['polar', 'polar-backup', 'mollie'].map(
          (id): Request => ['sqs:SendMessage', laneOf(id)],
        ),
        ...each(handleItems, table, 'REV#rev_1'),
        ...each(handleItems, table, 'HOOK#alerts'),
        ...each(['dynamodb:GetItem', 'dynamodb:PutItem'], table, 'IDEM#digest'),
        ...each(['dynamodb:GetItem', 'dynamodb:PutItem'], table, 'SUBJECT#key'),
        ['dynamodb:Query', table, item('REV#rev_1')],
        ['dynamodb:Query', table, item('SUBJECT#key')],
        ['kms:Decrypt', key, forSecret(sealingKeys)],
        ['kms:Decrypt', key, forSecret(sourceSecret('alerts'))],
        ['kms:Decrypt', key, forTable(table)],
        ['kms:Decrypt', key, forQueue(laneOf('polar'))],
        ['kms:GenerateDataKey', key, forQueue(laneOf('polar'))],
        ...each(writeLog, logOf(webhook)),
      ],
      mayNot: [
        ['secretsmanager:GetSecretValue', secretOf('polar')],
        // It has none: GitHub publishes its keys.
        ['secretsmanager:GetSecretValue', sourceSecret('github')],
        ['secretsmanager:PutSecretValue', sourceSecret('alerts')],
        ['kms:Decrypt', key, forSecret(secretOf('polar'))],
        ['kms:Decrypt', key, forQueue(deadLetterQueue)],
        ...each(handleItems, table, 'LANE#polar'),
        ['dynamodb:Query', listing, item('LEDGER')],
        ['dynamodb:Query', listing, item('REVOCATIONS')],
        ...each(consume, laneOf('polar')),
        ...each([...consume, 'sqs:SendMessage'], deadLetterQueue),
        ...misuseKey(),
        ...wreckTable(),
      ],
    });
  });
});

describe('the sweep', () => {
  it('sends from the ledger to the lanes, but may not read any secret, so it can open nothing', () => {
    const sweep = sweeper(stack);
    expectRole(sweep, {
      may: [
        ...['polar', 'polar-backup', 'mollie'].map(
          (id): Request => ['sqs:SendMessage', laneOf(id)],
        ),
        ...each(handleItems, table, 'REV#rev_1'),
        ['dynamodb:GetItem', table, item('LANE#polar')],
        ...each(
          ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem'],
          table,
          'SUBJECT#key',
        ),
        ['dynamodb:Query', table, item('REV#rev_1')],
        ['dynamodb:Query', listing, item('LEDGER')],
        ['dynamodb:Query', listing, item('REVOKING')],
        ['kms:Decrypt', key, forTable(table)],
        ['kms:Decrypt', key, forQueue(laneOf('polar'))],
        ['kms:GenerateDataKey', key, forQueue(laneOf('polar'))],
        ...each(writeLog, logOf(sweep)),
      ],
      mayNot: [
        ['secretsmanager:GetSecretValue', sealingKeys],
        ['secretsmanager:GetSecretValue', secretOf('polar')],
        ['kms:Decrypt', key, forSecret(sealingKeys)],
        ['kms:Decrypt', key, forQueue(deadLetterQueue)],
        ...misuseKey(),
        ...each([...consume, 'sqs:PurgeQueue'], laneOf('polar')),
        ...each([...consume, 'sqs:SendMessage'], deadLetterQueue),
        ...each(['dynamodb:PutItem', 'dynamodb:UpdateItem'], table, 'LANE#polar'),
        ...each(handleItems, table, 'IDEM#digest'),
        ['dynamodb:Query', listing, item('REVOCATIONS')],
        ['dynamodb:Query', listing, item('GRANTS#enc-1')],
        ['dynamodb:Query', table, item('SUBJECT#key')],
        ...wreckTable(),
      ],
    });
  });
});

it('roles are for Lambda alone to take, and each function has its own', () => {
  const roles = stack.all('AWS::IAM::Role');
  expect(roles).toHaveLength(stack.all('AWS::Lambda::Function').length);
  for (const { properties } of roles) {
    expect(properties.AssumeRolePolicyDocument).toMatchObject({
      Statement: [
        {
          Action: 'sts:AssumeRole',
          Effect: 'Allow',
          Principal: { Service: 'lambda.amazonaws.com' },
        },
      ],
    });
  }
});

it('nothing but the API and the schedules may invoke a function from outside, each its own', () => {
  const { id } = stack.one('AWS::ApiGatewayV2::Api');
  const permissions = stack.all('AWS::Lambda::Permission').map(({ properties }) => properties);
  expect(permissions).toHaveLength(4);
  for (const part of [apiHandler(stack), reportHandler(stack)]) {
    expect(permissions).toContainEqual({
      Action: 'lambda:InvokeFunction',
      FunctionName: functionArn(part.lambda.id),
      Principal: 'apigateway.amazonaws.com',
      SourceArn: `arn:aws:execute-api:eu-west-1:123456789012:${id}/*/*/*`,
    });
  }
  for (const [part, rule] of [
    [keyRotation(stack), keyRotationRule(stack)],
    [sweeper(stack), sweepRule(stack)],
  ] as const) {
    expect(permissions).toContainEqual({
      Action: 'lambda:InvokeFunction',
      FunctionName: functionArn(part.lambda.id),
      Principal: 'events.amazonaws.com',
      SourceArn: ruleArn(rule.id),
    });
  }
});
