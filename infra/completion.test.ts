import { beforeAll, describe, expect, it } from 'vitest';
import {
  readApiConfig,
  readCompletionConfig,
  readDeadLetterConfig,
  readSweepConfig,
  readWorkerConfig,
} from '../shared/config.ts';
import { account, keyArn, queueArn, region, secretArn, tableArn } from './testing/arns.ts';
import { apiHandler, consumedQueue, deadLetters, lane, sweeper } from './testing/parts.ts';
import { type Synthesis, synthesise } from './testing/synthesis.ts';

const machine = `arn:aws:states:${region}:${account}:stateMachine:offboarding`;
const bus = `arn:aws:events:${region}:${account}:event-bus/default`;
const webhook = 'https://hooks.example.com/rescind';

let all: Synthesis;
let tasks: Synthesis;
let none: Synthesis;
beforeAll(async () => {
  all = await synthesise({
    completionEventBus: 'default',
    completionWebhook: webhook,
    completionStateMachines: machine,
  });
  tasks = await synthesise({ completionStateMachines: machine });
  none = await synthesise();
});

const queueName = 'rescind-production-completions';
const completions = queueArn(queueName);
const undelivered = 'rescind-production-completions-undelivered';
const teller = (stack: Synthesis) => consumedQueue(stack, queueName).consumer;
const announcers = (stack: Synthesis) => [
  readApiConfig(apiHandler(stack).environment),
  readWorkerConfig(lane(stack, 'polar').consumer.environment),
  readDeadLetterConfig(deadLetters(stack).consumer.environment),
  readSweepConfig(sweeper(stack).environment),
];

describe('completions', () => {
  it('are announced by whoever may end the last job, to the one queue', () => {
    const url = `https://sqs.${region}.amazonaws.com/${account}/${queueName}`;
    for (const config of announcers(all)) {
      expect(config).toMatchObject({
        RESCIND_COMPLETIONS_QUEUE_URL: url,
        RESCIND_COMPLETIONS: 'all',
      });
    }
    for (const { role } of [
      apiHandler(all),
      lane(all, 'polar').consumer,
      deadLetters(all).consumer,
      sweeper(all),
    ]) {
      expect(role.may('sqs:SendMessage', completions)).toBe(true);
      expect(role.may('sqs:ReceiveMessage', completions)).toBe(false);
      const context = {
        'kms:ViaService': `sqs.${region}.amazonaws.com`,
        'kms:EncryptionContext:aws:sqs:arn': completions,
      };
      const key = keyArn(all.one('AWS::KMS::Key').id);
      expect(role.may('kms:GenerateDataKey', key, context)).toBe(true);
    }
  });

  it('are announced where somebody waits only, unless everybody is to be told', () => {
    for (const config of announcers(tasks)) {
      expect(config.RESCIND_COMPLETIONS).toBe('awaited');
    }
    expect(readApiConfig(apiHandler(tasks).environment).RESCIND_COMPLETION_TASKS).toBe(true);
  });

  it('are nobody’s without a setting: there is no queue, function or permission', () => {
    expect(() => teller(none)).toThrow();
    for (const config of announcers(none)) {
      expect(config.RESCIND_COMPLETIONS_QUEUE_URL).toBeUndefined();
    }
    expect(readApiConfig(apiHandler(none).environment).RESCIND_COMPLETION_TASKS).toBe(false);
    expect(apiHandler(none).role.may('sqs:SendMessage', completions)).toBe(false);
  });

  it('that cannot be told end in a queue that has an alarm', () => {
    const { properties } = all.one('AWS::SQS::Queue', 'QueueName', queueName);
    expect(properties.RedrivePolicy).toMatchObject({ deadLetterTargetArn: queueArn(undelivered) });
    expect(properties.VisibilityTimeout).toBe(360);
    const alarms = all.all('AWS::CloudWatch::Alarm').map((alarm) => alarm.properties);
    expect(alarms).toContainEqual(
      expect.objectContaining({ AlarmName: 'rescind-production-completions-undelivered' }),
    );
  });
});

describe('the function that tells of completions', () => {
  it('finds its environment complete', () => {
    expect(readCompletionConfig(teller(all).environment)).toMatchObject({
      RESCIND_TABLE: all.one('AWS::DynamoDB::Table').id,
      RESCIND_SECRETS_PREFIX: 'rescind',
      RESCIND_COMPLETION_TASKS: true,
      RESCIND_COMPLETION_EVENT_BUS: 'default',
      RESCIND_COMPLETION_WEBHOOK: webhook,
      RESCIND_COMPLETION_LOOPBACK: false,
    });
  });

  it('may do what its channels need, and nothing else', () => {
    const { role } = teller(all);
    const table = tableArn(all.one('AWS::DynamoDB::Table').id);
    const item = (partition: string) => ({ 'dynamodb:LeadingKeys': partition });
    expect(role.may('events:PutEvents', bus)).toBe(true);
    expect(role.may('states:SendTaskSuccess', machine)).toBe(true);
    expect(role.may('states:SendTaskFailure', machine)).toBe(true);
    expect(role.may('secretsmanager:GetSecretValue', secretArn('rescind/completion-webhook'))).toBe(
      true,
    );
    for (const action of ['dynamodb:GetItem', 'dynamodb:UpdateItem', 'dynamodb:Query']) {
      expect(role.may(action, table, item('REV#rev_1'))).toBe(true);
    }
    expect(role.may('states:SendTaskSuccess', `${machine}2`)).toBe(false);
    expect(role.may('events:PutEvents', bus.replace('default', 'other'))).toBe(false);
    expect(role.may('secretsmanager:GetSecretValue', secretArn('rescind/providers/polar'))).toBe(
      false,
    );
    expect(role.may('sqs:SendMessage', queueArn('rescind-production-lane-polar'))).toBe(false);
    expect(role.may('dynamodb:UpdateItem', table, item('LANE#polar'))).toBe(false);
  });

  it('may not do what no setting asks for', () => {
    const { role } = teller(tasks);
    expect(role.may('events:PutEvents', bus)).toBe(false);
    expect(role.may('secretsmanager:GetSecretValue', secretArn('rescind/completion-webhook'))).toBe(
      false,
    );
  });
});

it.each([
  ['completionWebhook', 'http://hooks.example.com/'],
  ['completionWebhook', 'https://user:secret@hooks.example.com/'],
  ['completionEventBus', ''],
  ['completionStateMachines', 'arn:aws:states:eu-west-1:123456789012:stateMachine:*'],
  ['completionStateMachines', ' '],
])('the setting %s=%s is refused', async (name, value) => {
  await expect(synthesise({ [name]: value })).rejects.toThrow(name);
});
