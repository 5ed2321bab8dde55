import { describe, expect, it } from 'vitest';
import { ContextFault, readSettings } from './context.ts';

const read = (values: Record<string, unknown>) => readSettings((name) => values[name]);

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
      providersFile: 'providers.json',
      prefix: 'rescind-production',
      secretsPrefix: 'rescind',
      durable: true,
      retentionDays: 365,
      logRetentionDays: 30,
      jwt: undefined,
    });
  });

  it('gives every stage but production its own secrets, and lets it be thrown away', () => {
    expect(read({ stage: 'dev' })).toMatchObject({
      prefix: 'rescind-dev',
      secretsPrefix: 'rescind-dev',
      durable: false,
    });
  });

  it.each([
    [{ stage: 'a-b' }, /stage must be 1-16 lower-case letters or digits/],
    [{ providers: 'none.json' }, /providers must be the path of your providers.json/],
    [{ retentionDays: 'forever' }, /retentionDays must be a whole number of days/],
    [{ retentionDays: '0' }, /retentionDays must be at least 1/],
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
  ])('refuses %j and says what to do', (values, message) => {
    expect(messageOf(values)).toMatch(message);
    expect(messageOf(values)).toMatch(/Give it with -c name=value, or in cdk.json\.$/);
  });

  it('names everything that is wrong at once', () => {
    expect(messageOf({ stage: '', retentionDays: -1 })).toMatch(/stage .*; retentionDays /);
  });
});
