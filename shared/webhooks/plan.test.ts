import { describe, expect, it } from 'vitest';
import { planOf } from './plan.ts';
import { type Rule, rule } from './rule.ts';

const leaked: Rule = rule.parse({
  event: 'token.leaked',
  revoke: 'token',
  provider: 'polar',
  token: '$.tokens[*]',
  tokenType: 'access_token',
  ref: '$.id',
});
const gone: Rule = rule.parse({
  event: 'user.*',
  where: '$.user[?@ == "gone"]',
  revoke: 'subject',
  subject: '$.user.email',
  lowercase: true,
});

it('makes jobs of the tokens and subjects of the people that the rules find', () => {
  const plan = planOf(
    [
      { type: 'token.leaked', data: { id: 'alert-1', tokens: ['one', 'two', 'one'] } },
      { type: 'user.deleted', data: { user: { email: 'Jane@Example.com', state: 'gone' } } },
      { type: 'user.deleted', data: { user: { email: 'jo@example.com', state: 'here' } } },
      { type: 'invoice.paid', data: { tokens: ['three'] } },
    ],
    [leaked, gone],
  );
  const job = { provider: 'polar', tokenType: 'access_token', ref: 'alert-1' };
  expect(plan).toEqual({
    jobs: [
      { event: 0, job: { ...job, token: 'one' } },
      { event: 0, job: { ...job, token: 'two' } },
    ],
    subjects: [{ event: 1, subject: 'jane@example.com' }],
    unmapped: [],
  });
});

it('is content when one of the rules for an event finds something', () => {
  const byPhone = rule.parse({ revoke: 'subject', subject: '$.user.phone' });
  const byEmail = rule.parse({ revoke: 'subject', subject: '$.user.email' });
  const events = [{ type: 'user.left', data: { user: { email: 'jane@example.com' } } }];
  expect(planOf(events, [byPhone, byEmail])).toMatchObject({
    subjects: [{ event: 0, subject: 'jane@example.com' }],
    unmapped: [],
  });
});

it('tells of an event that a rule is for and that has nothing to revoke', () => {
  const events = [
    { type: 'token.leaked', data: { tokens: [] } },
    { type: 'token.leaked', data: { tokens: ['one'] } },
    { type: 'token.found', data: {} },
  ];
  const plan = planOf(events, [leaked]);
  expect(plan?.unmapped).toEqual([0]);
  expect(plan?.jobs.map(({ event }) => event)).toEqual([1]);
});

const perFinding: Rule = rule.parse({
  revoke: 'token',
  provider: 'polar',
  token: '$.findings[*].s',
  ref: '$.findings[*].i',
});

it('looks at each member of an event a few times, however many there are', () => {
  let looks = 0;
  const findings = Array.from({ length: 5000 }, (_, index) => ({
    s: `token-${index}`,
    get i() {
      looks += 1;
      return `alert-${index}`;
    },
  }));
  const plan = planOf([{ type: 'leak', data: { findings } }], [perFinding, perFinding]);
  expect(plan?.jobs).toHaveLength(5000);
  expect(plan?.jobs.at(-1)?.job).toMatchObject({ token: 'token-4999', ref: 'alert-4999' });
  expect(looks).toBe(5000);
});

it('stops as soon as there is too much, and names nothing then', () => {
  let looks = 0;
  const findings = Array.from({ length: 100_000 }, (_, index) => ({ s: `${index}` }));
  const event = {
    findings,
    get second() {
      looks += 1;
      return findings;
    },
  };
  const second = rule.parse({ revoke: 'token', provider: 'polar', token: '$.second[*].s' });
  const events = [
    { type: 'leak', data: event },
    { type: 'leak', data: event },
  ];
  expect(planOf(events, [perFinding])).toBeUndefined();
  expect(planOf(events, [perFinding, second])).toBeUndefined();
  expect(looks).toBe(1);
});

describe('a token is called by the name that is nearest:', () => {
  it.each<[string, string, string, object, Record<string, string | undefined>]>([
    [
      'that of its own finding, and none where that has none',
      '$.findings[*].s',
      '$.findings[*].i',
      { findings: [{ s: 'a', i: '1' }, { s: 'b' }, { i: '3' }, { s: 'd', i: '4' }] },
      { a: '1', b: undefined, d: '4' },
    ],
    [
      'that of the finding that it is one of several in',
      '$.findings[*].s',
      '$.findings[*].i',
      {
        findings: [
          { s: ['a', 'b'], i: '1' },
          { s: ['c'], i: '2' },
        ],
      },
      { a: '1', b: '1', c: '2' },
    ],
    [
      'that of all',
      '$.findings[*].s',
      '$.id',
      { id: '7', findings: [{ s: 'a' }, { s: 'b' }] },
      { a: '7', b: '7' },
    ],
    [
      'the first of several that stand nowhere near',
      '$.tokens[*]',
      '$.alerts[*].id',
      { tokens: ['a', 'b'], alerts: [{ id: '1' }, { id: '2' }] },
      { a: '1', b: '1' },
    ],
    ['none where there is none', '$.tokens[*]', '$.id', { tokens: ['a'] }, { a: undefined }],
    [
      'whatever the members are called',
      '$..s',
      '$..i',
      { "it's": { s: 'a', i: '1' }, ['x'.repeat(1000)]: { s: 'b', i: '2' } },
      { a: '1', b: '1' },
    ],
  ])('%s', (_, token, ref, data, expected) => {
    const named = rule.parse({ revoke: 'token', provider: 'polar', token, ref });
    const plan = planOf([{ type: 'leak', data }], [named]);
    const names = plan?.jobs.map(({ job }) => [job.token, job.ref]) ?? [];
    expect(Object.fromEntries(names)).toEqual(expected);
  });
});
