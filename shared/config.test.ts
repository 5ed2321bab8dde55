import { describe, expect, test } from 'vitest';
import {
  readConfig,
  readDeadLetterConfig,
  readSealingKeysConfig,
  readSweepConfig,
  readWorkerConfig,
} from './config.ts';

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
    RESCIND_STAGE: 'local',
  });
});

test('each function reads what it needs and nothing else', () => {
  expect(readWorkerConfig({ ...environment, RESCIND_LANE: 'polar', OTHER: 'x' })).toMatchObject({
    RESCIND_LANE: 'polar',
  });
  expect(readDeadLetterConfig({ ...environment, RESCIND_RETENTION_DAYS: '30' })).toEqual({
    RESCIND_TABLE: 'rescind',
    RESCIND_RETENTION_DAYS: 30,
    RESCIND_STAGE: 'local',
  });
});

test('the sweep is told up to what age it sends jobs again; a week, unless told', () => {
  expect(readSweepConfig(environment)).toEqual({
    ...environment,
    RESCIND_RETENTION_DAYS: 365,
    RESCIND_STAGE: 'local',
    RESCIND_SWEEP_MAX_AGE_DAYS: 7,
  });
  expect(() => readSweepConfig({ ...environment, RESCIND_SWEEP_MAX_AGE_DAYS: '0' })).toThrow(
    /RESCIND_SWEEP_MAX_AGE_DAYS/,
  );
});

test('the rotation of the sealing keys is told after how many days', () => {
  const own = { ...environment, RESCIND_KEY_ROTATION_DAYS: '90' };
  expect(readSealingKeysConfig(own)).toEqual({
    RESCIND_TABLE: 'rescind',
    RESCIND_SECRETS_PREFIX: 'rescind',
    RESCIND_KEY_ROTATION_DAYS: 90,
  });
  for (const RESCIND_KEY_ROTATION_DAYS of [undefined, '0', 'off']) {
    expect(() => readSealingKeysConfig({ ...environment, RESCIND_KEY_ROTATION_DAYS })).toThrow(
      /RESCIND_KEY_ROTATION_DAYS/,
    );
  }
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
    ['RESCIND_STAGE', ''],
  ])('%s=%j', (name, value) => {
    expect(() => readConfig({ ...environment, [name]: value })).toThrow(
      new RegExp(`^environment: ${name}: `),
    );
  });
});
