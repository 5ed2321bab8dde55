import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { catalogOf } from '../../test/support/catalog.ts';
import { problemOf } from '../../test/support/problems.ts';
import { checkSubmission } from './check-jobs.ts';

const catalog = await catalogOf({ id: 'polar' }, { id: 'nylas' }, { id: 'mollie' });

const check = (body: unknown) => checkSubmission(body, catalog);
const refusal = (body: unknown) => problemOf(() => check(body));

/** Pointers of everything that is wrong, with what is said about each. */
const errorsOf = async (body: unknown) =>
  (await refusal(body)).errors.map(({ pointer, detail }) => [pointer, detail]);

const job = { provider: 'polar', token: 'polar_at_u_1' };

test('what is right is taken as it is', () => {
  const submission = {
    label: 'offboarding of J. Doe',
    jobs: [
      job,
      { ...job, tokenType: 'refresh_token', subject: 'jane', ref: 'user-4711' },
      { provider: 'mollie', token: 'access_1', tokenType: 'access_token' },
      { ...job, refreshToken: 'polar_rt_u_1', expiresAt: '2027-01-15T09:00:00+01:00' },
      { ...job, parameters: { shop: 'a.example', retries: 3, live: true } },
    ],
  };
  expect(check(submission)).toEqual(submission);
});

test('a dry run with a task that it would never end is refused', async () => {
  const errors = await errorsOf({ dryRun: true, taskToken: 'task-1', jobs: [job] });
  expect(errors).toEqual([['/taskToken', expect.stringMatching(/left out of a dry run/)]]);
});

describe('a job that cannot be taken is told where and why', () => {
  test.each([
    [
      'a provider that is not configured',
      { provider: 'github' },
      'provider',
      /polar, nylas, mollie/,
    ],
    ['no provider', { provider: undefined }, 'provider', /id of a configured provider/],
    ['no token', { token: undefined }, 'token', /string/],
    ['an empty token', { token: '' }, 'token', /empty/],
    ['a token with a line break', { token: 'polar_at_u_1\n' }, 'token', /line breaks/],
    ['a token with a space before it', { token: ' polar_at_u_1' }, 'token', /spaces/],
    ['a token that is not ASCII', { token: 'polar_at_é' }, 'token', /ASCII/],
    ['a token that is too long', { token: 'x'.repeat(16 * 1024 + 1) }, 'token', /16 KiB/],
    ['a type of token that there is not', { tokenType: 'bearer' }, 'tokenType', /refresh_token/],
    ['a token the adapter refuses', { token: 'polar_pat_1' }, 'token', /OAuth tokens only/],
    [
      'a token the provider cannot revoke',
      { provider: 'nylas', tokenType: 'refresh_token' },
      'token',
      /access token/,
    ],
    ['a token type that the provider needs', { provider: 'mollie' }, 'token', /tokenType/],
    ['an empty ref', { ref: '' }, 'ref', />=1/],
    [
      'a ref that holds the token as a URL does',
      { token: 'a/b+c==', ref: 'https://acme.example/?token=a%2Fb%2Bc%3D%3D' },
      'ref',
      /must not contain a token/,
    ],
    ['a ref that is the token', { ref: 'polar_at_u_1' }, 'ref', /must not contain a token/],
    [
      'a subject that holds the token',
      { subject: 'of polar_at_u_1' },
      'subject',
      /must not contain/,
    ],
    [
      'a refresh token where the token is one itself',
      { refreshToken: 'polar_rt_u_1', tokenType: 'refresh_token' },
      'tokenType',
      /token is then the access token/,
    ],
    ['the same token twice', { refreshToken: 'polar_at_u_1' }, 'refreshToken', /another one/],
    [
      'a refresh token the provider cannot revoke',
      { provider: 'nylas', refreshToken: 'r' },
      'refreshToken',
      /send the access token/,
    ],
    [
      'a refresh token the adapter refuses',
      { provider: 'mollie', token: 'access_1', refreshToken: 'access_2' },
      'refreshToken',
      /tokenType is refresh_token, but/,
    ],
    ['an empty refresh token', { refreshToken: '' }, 'refreshToken', /empty/],
    [
      'a ref that is the refresh token',
      { refreshToken: 'polar_rt_u_1', ref: 'polar_rt_u_1' },
      'ref',
      /must not contain a token/,
    ],
    [
      'a subject that holds the refresh token',
      { refreshToken: 'polar_rt_u_1', subject: 'of polar_rt_u_1' },
      'subject',
      /must not contain the refresh/,
    ],
    ['an expiry without its offset', { expiresAt: '2027-01-15T08:00:00' }, 'expiresAt', /ISO 8601/],
    ['an expiry in seconds', { expiresAt: 1_800_000_000 }, 'expiresAt', /ISO 8601/],
    [
      'the expiry of a refresh token that is not there',
      { refreshExpiresAt: '2027-01-15T08:00:00Z' },
      'refreshExpiresAt',
      /no refreshToken/,
    ],
    ['an expiry on no day', { expiresAt: '2027-02-29T08:00:00Z' }, 'expiresAt', /ISO 8601/],
    ['a parameter of another shape', { parameters: { list: [1] } }, 'parameters', /Invalid input/],
  ])('%s', async (_, change, field, detail) => {
    expect(await errorsOf({ jobs: [job, { ...job, ...change }] })).toEqual([
      [`/jobs/1/${field}`, expect.stringMatching(detail)],
    ]);
  });

  test('a field that is not known, without naming it: it may be a token', async () => {
    expect(await errorsOf({ jobs: [{ ...job, polar_at_u_2: true }] })).toEqual([
      ['/jobs/0', 'has a field that is not known'],
    ]);
  });
});

test.each([
  ['nothing', undefined, ''],
  ['a list', [], ''],
  ['no jobs', {}, '/jobs'],
  ['an empty list of jobs', { jobs: [] }, '/jobs'],
  ['jobs that are no list', { jobs: job }, '/jobs'],
  ['too many jobs', { jobs: Array(501).fill(job) }, '/jobs'],
  ['a label that is too long', { label: 'x'.repeat(257), jobs: [job] }, '/label'],
  ['a label that holds a token', { label: 'polar_at_u_1', jobs: [job] }, '/label'],
  ['an unknown field', { lable: 'x', jobs: [job] }, ''],
])('a request with %s is told so', async (_, body, pointer) => {
  expect((await errorsOf(body)).map(([at]) => at)).toEqual([pointer]);
});

test('every bad item is listed, whatever is wrong with it, in order', async () => {
  const problem = await refusal({
    label: '',
    jobs: [
      { ...job, token: '' },
      job,
      { ...job, provider: 'github' },
      { provider: 'nylas', token: 'n', tokenType: 'refresh_token' },
      { ...job, ref: 'polar_at_u_1' },
      null,
      { ...job, provider: 'github', tokenType: 'bearer' },
    ],
  });
  expect(problem.code).toBe('invalid-request');
  expect(problem.errors.map(({ pointer }) => pointer)).toEqual([
    '/label',
    '/jobs/0/token',
    '/jobs/2/provider',
    '/jobs/3/token',
    '/jobs/4/ref',
    '/jobs/5',
    '/jobs/6/tokenType',
    '/jobs/6/provider',
  ]);
  expect(problem.errors.map(({ index }) => index)).toEqual([undefined, 0, 2, 3, 4, 5, 6, 6]);
  expect(problem.message).toContain('6 of the jobs');
});

test('both of a pair count', async () => {
  const pairs = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ ...job, refreshToken: `polar_rt_u_${n}` }));
  expect(check({ jobs: [...pairs(249), job, job] }).jobs).toHaveLength(251);
  expect(await errorsOf({ jobs: [...pairs(250), job] })).toEqual([
    ['/jobs', expect.stringMatching(/at most 500 tokens, .* holds 501; send more requests/)],
  ]);
});

test('a ref that is another job’s token is told too', async () => {
  const jobs = [
    { ...job, token: 'polar_at_u_1', ref: 'polar_at_u_2' },
    { ...job, token: 'polar_at_u_2', ref: 'user-2' },
  ];
  expect(await errorsOf({ jobs })).toEqual([['/jobs/0/ref', 'must not contain a token']]);
});

test('many bad parameters cost one error, not one each', async () => {
  const parameters = Object.fromEntries(Array.from({ length: 300_000 }, (_, n) => [n, null]));
  expect(await errorsOf({ jobs: [{ ...job, parameters }] })).toEqual([
    ['/jobs/0/parameters', 'must have at most 16 entries'],
  ]);
});

test('a token is never said back, wherever it was misplaced', async () => {
  const token = 'Secret_4711_token';
  const field = fc.constantFrom(
    'provider',
    'token',
    'tokenType',
    'subject',
    'ref',
    'refreshToken',
    'expiresAt',
    'parameters',
    'label',
    'dryRun',
    'jobs',
    token,
  );
  const { misplaced } = fc.letrec((tie) => ({
    misplaced: fc.oneof(
      { depthSize: 'medium' },
      fc.constantFrom(token, ` ${token}`, token.repeat(20), `${token}\n`),
      fc.constantFrom('polar', 'access_token', 1, true, null),
      fc.array(tie('misplaced'), { maxLength: 3 }),
      fc.dictionary(field, tie('misplaced'), { maxKeys: 5 }),
    ),
  }));
  const aBody = fc.oneof(
    misplaced,
    fc.record({ label: misplaced, jobs: fc.array(misplaced) }, { requiredKeys: ['jobs'] }),
    fc.record({
      jobs: fc.array(
        fc.record(
          {
            provider: misplaced,
            token: misplaced,
            refreshToken: misplaced,
            expiresAt: misplaced,
            ref: misplaced,
            tokenType: misplaced,
          },
          { requiredKeys: ['provider', 'token'] },
        ),
        { minLength: 1 },
      ),
    }),
  );
  await fc.assert(
    fc.asyncProperty(aBody, async (body) => {
      fc.pre(JSON.stringify(body).includes(token));
      let taken: unknown;
      try {
        taken = check(body);
      } catch {
        const { message, errors } = await refusal(body);
        expect(JSON.stringify([message, errors])).not.toContain('4711');
      }
      // What was taken has the token where it belongs, or sealed with it.
      if (taken !== undefined) {
        const clear = JSON.stringify(taken, (key, value) =>
          ['token', 'refreshToken', 'subject', 'parameters'].includes(key) ? undefined : value,
        );
        expect(clear).not.toContain(token);
      }
    }),
    { numRuns: 500 },
  );
});
