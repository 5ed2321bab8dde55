import { describe, expect, test } from 'vitest';
import { providerEntry, providersFile, serverUrlProblem } from './configuration.ts';

describe('a server', () => {
  test.each([
    'https://api.example.com',
    'https://api.example.com:8443/base',
    'https://api.example.com/',
    'http://localhost:4000',
    'http://127.0.0.1:4000',
    'http://127.8.9.1',
    'http://[::1]:4000',
  ])('%s may be connected to', (url) => {
    expect(serverUrlProblem(url)).toBeUndefined();
  });

  test.each([
    ['api.example.com', /absolute/],
    ['/oauth/revoke', /absolute/],
    ['', /absolute/],
    ['ftp://api.example.com', /https/],
    ['file:///etc/passwd', /https/],
    ['javascript:alert(1)', /https/],
    ['http://api.example.com', /loopback/],
    ['http://127.0.0.1.example.com', /loopback/],
    ['http://localhost.example.com', /loopback/],
    ['http://10.0.0.1', /loopback/],
    ['http://169.254.169.254', /loopback/],
    ['http://0.0.0.0', /loopback/],
    ['http://[::ffff:10.0.0.1]', /loopback/],
    ['https://user:secret@api.example.com', /credentials/],
    ['https://api.example.com?tenant=1', /query/],
    ['https://api.example.com/?', /query/],
    ['https://api.example.com/#', /query/],
    ['https://api.example.com/#top', /query/],
    [' https://api.example.com', /spaces/],
    ['https://api.example.com\n', /spaces/],
    ['https://api.example.com/a b', /spaces/],
  ])('%j may not', (url, problem) => {
    expect(serverUrlProblem(url)).toMatch(problem);
    expect(serverUrlProblem(url)).not.toContain('secret');
  });
});

describe('an entry', () => {
  test('needs id and kind; all else has its default', () => {
    expect(providerEntry.parse({ id: 'polar', kind: 'polar' })).toEqual({
      id: 'polar',
      kind: 'polar',
      maxConcurrency: 5,
      verify: false,
      timeoutMs: 10_000,
      retry: { maxAttempts: 8, baseSeconds: 10, maxSeconds: 900 },
      options: {},
    });
  });

  test.each(['a', 'polar-sandbox', `a${'1'.repeat(39)}`])('%s is an id', (id) => {
    expect(providerEntry.safeParse({ id, kind: 'polar' }).success).toBe(true);
  });

  test.each([
    ['an id that starts with a digit', { id: '1polar' }],
    ['an id in capitals', { id: 'Polar' }],
    ['an id with a slash', { id: 'a/b' }],
    ['an id with a hash', { id: 'a#b' }],
    ['an id of 41 letters', { id: 'a'.repeat(41) }],
    ['no kind', { kind: '' }],
    ['a misspelt field', { baseURL: 'https://api.example.com' }],
    ['a rate of 0', { rate: { requestsPerSecond: 0 } }],
    ['a burst of 0', { rate: { requestsPerSecond: 1, burst: 0 } }],
    ['a concurrency that Lambda refuses', { maxConcurrency: 1 }],
    ['fewer executions than workers', { maxConcurrency: 10, reservedConcurrency: 9 }],
    ['fewer executions than workers by default', { reservedConcurrency: 4 }],
    ['half an execution', { reservedConcurrency: 7.5 }],
    ['a time-out that a worker cannot wait for', { timeoutMs: 60_000 }],
    ['no attempts', { retry: { maxAttempts: 0 } }],
    ['a wait that SQS cannot keep', { retry: { maxSeconds: 43_201 } }],
    ['a schedule longer than SQS remembers', { retry: { maxAttempts: 50, maxSeconds: 43_200 } }],
    ['options that are no object', { options: 'none' }],
  ])('%s is refused', (_, change) => {
    const entry = { id: 'polar', kind: 'polar', ...change };
    expect(providerEntry.safeParse(entry).success).toBe(false);
  });
});

test.each([{ reservedConcurrency: 5 }, { maxConcurrency: 10, reservedConcurrency: 10 }])(
  'as many executions as workers may be set aside: %j',
  (change) => {
    expect(providerEntry.parse({ id: 'polar', kind: 'polar', ...change })).toMatchObject(change);
  },
);

test('an entry that sets too few executions aside says which field, and how many it takes', () => {
  const { error } = providerEntry.safeParse({ id: 'polar', kind: 'polar', reservedConcurrency: 2 });
  expect(error?.issues).toMatchObject([
    { path: ['reservedConcurrency'], message: expect.stringMatching(/at least maxConcurrency.*5/) },
  ]);
});

describe('the file', () => {
  const polar = { id: 'polar', kind: 'polar' };

  test('may name its schema', () => {
    const file = { $schema: './docs/providers.schema.json', providers: [polar] };
    expect(providersFile.safeParse(file).success).toBe(true);
  });

  test('names an id that is used twice, where it is', () => {
    const { error } = providersFile.safeParse({ providers: [polar, { ...polar, kind: 'mollie' }] });
    expect(error?.issues).toMatchObject([
      { path: ['providers', 1, 'id'], message: 'polar is used twice' },
    ]);
  });

  test.each([{}, { providers: [] }, { providers: [polar], extra: 1 }, [polar]])(
    'is not %j',
    (file) => {
      expect(providersFile.safeParse(file).success).toBe(false);
    },
  );
});
