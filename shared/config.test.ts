import { describe, expect, test } from 'vitest';
import { readConfig, readDeadLetterConfig, readWorkerConfig } from './config.ts';

const environment = {
  RESCIND_TABLE: 'rescind',
  RESCIND_PROVIDERS_FILE: '/opt/providers.json',
  RESCIND_QUEUE_URL_PREFIX: 'https://sqs.us-east-1.amazonaws.com/1/rescind-lane-',
};

test('what need not be set has its default', () => {
  expect(readConfig(environment)).toEqual({
    ...environment,
    RESCIND_SECRETS_PREFIX: 'rescind',
    RESCIND_RETENTION_DAYS: 365,
  });
});

test('each function reads what it needs and nothing else', () => {
  expect(readWorkerConfig({ ...environment, RESCIND_LANE: 'polar', OTHER: 'x' })).toMatchObject({
    RESCIND_LANE: 'polar',
  });
  expect(readDeadLetterConfig({ ...environment, RESCIND_RETENTION_DAYS: '30' })).toEqual({
    RESCIND_TABLE: 'rescind',
    RESCIND_RETENTION_DAYS: 30,
  });
});

describe('what is wrong', () => {
  test('is told all at once', () => {
    for (const name of [...Object.keys(environment), 'RESCIND_LANE']) {
      expect(() => readWorkerConfig({})).toThrow(name);
    }
  });

  test.each([
    ['RESCIND_TABLE', ''],
    ['RESCIND_QUEUE_URL_PREFIX', 'rescind-lane-'],
    ['RESCIND_RETENTION_DAYS', '0'],
    ['RESCIND_RETENTION_DAYS', '1.5'],
    ['RESCIND_RETENTION_DAYS', 'a year'],
    ['RESCIND_SECRETS_PREFIX', ''],
  ])('%s=%j', (name, value) => {
    expect(() => readConfig({ ...environment, [name]: value })).toThrow(
      new RegExp(`^environment: ${name}: `),
    );
  });
});
