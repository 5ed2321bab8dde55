import { describe, expect, it } from 'vitest';
import { ContextFault, readSettings } from './context.ts';

const read = (values: Record<string, unknown>) => readSettings((name) => values[name]);

const jwt = { jwtIssuer: 'https://issuer.example.com', jwtAudience: 'rescind' };
const aRole = 'arn:aws:iam::123456789012:role/OnCall';

function messageOf(values: Record<string, unknown>): string {
  try {
    read(values);
  } catch (error) {
    if (error instanceof ContextFault) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('the context', () => {
  it('may say nothing: production, IAM, a year of outcomes, a month of logs', () => {
    expect(read({})).toEqual({
      stage: 'production',
      providersFile: 'providers.json',
      prefix: 'rescind-production',
      secretsPrefix: 'rescind',
      durable: true,
      retentionDays: 365,
      logRetentionDays: 30,
      keyAlias: 'alias/rescind-production',
      keyRotationDays: 90,
      sweepSchedule: 'rate(15 minutes)',
      sweepMaxAgeDays: 7,
      throttle: { rateLimit: 100, burstLimit: 200 },
      apiReservedConcurrency: undefined,
      jwt: undefined,
      ownership: false,
      operators: [],
      alarms: { email: undefined, topicArn: undefined },
      tracing: false,
      tags: { app: 'rescind', 'rescind:stage': 'production' },
    });
  });

  it('gives every stage but production its own secrets, and lets it be thrown away', () => {
    expect(read({ stage: 'dev' })).toMatchObject({
      prefix: 'rescind-dev',
      secretsPrefix: 'rescind-dev',
      keyAlias: 'alias/rescind-dev',
      durable: false,
    });
  });

  it.each([
    [{ stage: 'a-b' }, /stage must be 1-16 lower-case letters or digits/],
    [{ providers: 'none.json' }, /providers must be the path of your providers.json/],
    [{ retentionDays: 'forever' }, /retentionDays must be a whole number of days/],
    [{ retentionDays: '0' }, /retentionDays must be at least 1/],
    [{ keyRotationDays: '0' }, /keyRotationDays must be at least 1/],
    [{ keyRotationDays: 'off' }, /keyRotationDays must be a whole number of days/],
    [{ keyRotationDays: '3651' }, /keyRotationDays must be at most 3650/],
    ...['15 minutes', 'rate(1 minutes)', 'rate(2 minute)', 'rate(0 days)', 'cron(0 3 * * *)'].map(
      (sweepSchedule): [{ sweepSchedule: string }, RegExp] => [
        { sweepSchedule },
        /sweepSchedule must be off, a rate/,
      ],
    ),
    [{ sweepSchedule: 'cron(0 3 * * * *)' }, /one of whose two day fields is \?/],
    [{ sweepMaxAgeDays: '0' }, /sweepMaxAgeDays must be at least 1/],
    [{ apiRateLimit: '0' }, /apiRateLimit must be at least 1/],
    [{ apiBurstLimit: '1.5' }, /apiBurstLimit must be a whole number of requests/],
    [{ apiReservedConcurrency: '0' }, /apiReservedConcurrency must be at least 1/],
    [{ logRetentionDays: '31' }, /logRetentionDays must be one of 1, 3, 5, 7, 14, 30,/],
    [
      { jwtIssuer: 'http://issuer.example.com', jwtAudience: 'a' },
      /jwtIssuer must be the https URL/,
    ],
    [{ jwtIssuer: 'https://issuer.example.com' }, /jwtAudience is needed with jwtIssuer/],
    [
      { jwtIssuer: 'https://issuer.example.com', jwtAudience: ' ' },
      /jwtAudience must name at least/,
    ],
    [{ jwtAudience: 'rescind' }, /jwtIssuer is needed with jwtAudience/],
    [{ jwtScopePrefix: 'rescind/' }, /jwtIssuer is needed with jwtAudience, jwtScopes and/],
    ...[
      'https://a:b@issuer.example.com',
      'https://issuer.example.com?x=1',
      'https://x.example/#',
    ].map((jwtIssuer): [Record<string, string>, RegExp] => [
      { jwtIssuer, jwtAudience: 'a' },
      /jwtIssuer must not (hold credentials|have a query)/,
    ]),
    [{ ...jwt, jwtScopes: 'a"b' }, /jwtScopes must be made of what scopes are made of/],
    [{ ...jwt, jwtScopePrefix: 'a\\' }, /jwtScopePrefix must be made of what scopes/],
    [{ ...jwt, jwtScopePrefix: 'a b' }, /jwtScopePrefix must not have spaces/],
    [{ ownership: 'yes' }, /ownership must be true or false/],
    [{ operators: aRole }, /operators means nothing without ownership=true/],
    [{ ...jwt, ownership: true, operators: aRole }, /operators is for IAM callers/],
    ...['OnCall', '*', 'arn:aws:iam::123456789012:role/*', 'arn:aws:iam::123456789012:root'].map(
      (operators): [Record<string, unknown>, RegExp] => [
        { ownership: true, operators },
        /operators must be the ARNs of IAM roles or users/,
      ],
    ),
  ])('refuses %j and says what to do', (values, message) => {
    expect(messageOf(values)).toMatch(message);
    expect(messageOf(values)).toMatch(/Give it with -c name=value, or in cdk.json\.$/);
  });

  it('names everything that is wrong at once', () => {
    expect(messageOf({ stage: '', retentionDays: -1 })).toMatch(/stage .*; retentionDays /);
  });
});

it('refuses a name that is none of the settings, rather than deploy as if it were not there', () => {
  const given = ['Stage', 'aws:cdk:bundling-stacks', '@aws-cdk/core:x', 'stage'];
  expect(() => readSettings(() => undefined, given)).toThrow(/no setting Stage\. There are stage,/);
});
