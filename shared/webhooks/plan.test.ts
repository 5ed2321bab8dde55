import { expect, it } from 'vitest';
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
  const { subjects, unmapped } = planOf(events, [byPhone, byEmail]);
  expect(subjects).toEqual([{ event: 0, subject: 'jane@example.com' }]);
  expect(unmapped).toEqual([]);
});

it('tells of an event that a rule is for and that has nothing to revoke', () => {
  const events = [
    { type: 'token.leaked', data: { tokens: [] } },
    { type: 'token.leaked', data: { tokens: ['one'] } },
    { type: 'token.found', data: {} },
  ];
  const { jobs, unmapped } = planOf(events, [leaked]);
  expect(unmapped).toEqual([0]);
  expect(jobs.map(({ event }) => event)).toEqual([1]);
});
