import { beforeAll, describe, expect, it } from 'vitest';
import { indexArn, logStreamArn, queueArn, secretArn, tableArn } from './testing/arns.ts';
import { apiHandler, deadLetters, type FunctionPart, lane } from './testing/parts.ts';
import { type Synthesis, synthesise } from './testing/synthesis.ts';

/** An action on a resource, for DynamoDB with the partition of the item it is about. */
type Request = [action: string, resource: string, partition?: string];

let stack: Synthesis;
let table: string;
let listing: string;

beforeAll(async () => {
  stack = await synthesise();
  const { id } = stack.one('AWS::DynamoDB::Table');
  table = tableArn(id);
  listing = indexArn(id, 'listing');
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

const each = (actions: string[], resource: string, partition?: string): Request[] =>
  actions.map((action) =>
    partition === undefined ? [action, resource] : [action, resource, partition],
  );

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
        ['dynamodb:GetItem', table, 'LANE#polar'],
        ['dynamodb:Query', table],
        ['dynamodb:Query', listing],
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
        ...each(writeLog, logOf(consumer)),
      ],
      mayNot: [
        ...others.flatMap((id): Request[] => [
          ['secretsmanager:GetSecretValue', secretOf(id)],
          ...each([...consume, 'sqs:SendMessage'], laneOf(id)),
          ...each(handleItems, table, `LANE#${id}`),
          ...each(writeLog, logOf(lane(stack, id).consumer)),
        ]),
        ['secretsmanager:PutSecretValue', secretOf('polar')],
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
      ],
      mayNot: [
        ['secretsmanager:GetSecretValue', sealingKeys],
        ['secretsmanager:GetSecretValue', secretOf('polar')],
        ['kms:Decrypt', 'arn:aws:kms:eu-west-1:123456789012:key/any'],
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

it('nothing but the API may invoke its function from outside', () => {
  const { id } = stack.one('AWS::ApiGatewayV2::Api');
  const { properties } = stack.one('AWS::Lambda::Permission');
  expect(properties).toMatchObject({
    Principal: 'apigateway.amazonaws.com',
    SourceArn: `arn:aws:execute-api:eu-west-1:123456789012:${id}/*/*/*`,
  });
});
