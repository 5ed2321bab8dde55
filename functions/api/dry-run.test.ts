import { expect, test } from 'vitest';
import { catalogOf } from '../../test/support/catalog.ts';
import { dryRunAnswer } from './contract/answers.ts';
import { dryRun } from './dry-run.ts';

const catalog = await catalogOf({ id: 'polar' }, { id: 'mollie' });

test('tells how many jobs each provider has, and how much dies with their tokens', () => {
  const jobs = [
    { provider: 'mollie', token: 'a', tokenType: 'refresh_token' as const },
    { provider: 'mollie', token: 'b', tokenType: 'access_token' as const },
    { provider: 'mollie', token: 'c', tokenType: 'access_token' as const },
    { provider: 'polar', token: 'd' },
  ];
  const answer = dryRunAnswer.parse(dryRun({ jobs }, catalog));
  expect(answer).toMatchObject({
    dryRun: true,
    counts: { total: 4, queued: 4 },
    providers: {
      mollie: { jobs: 3, reach: { grant: 1, token: 2 } },
      polar: { jobs: 1, reach: { undocumented: 1 } },
    },
  });
});

test('counts both of a pair, each with what dies with it', () => {
  const jobs = [{ provider: 'mollie', token: 'access_1', refreshToken: 'refresh_1' }];
  expect(dryRunAnswer.parse(dryRun({ jobs }, catalog))).toMatchObject({
    counts: { total: 2, queued: 2 },
    providers: { mollie: { jobs: 2, reach: { grant: 1, token: 1 } } },
  });
});

test('tells nothing of a provider that has no jobs', () => {
  const { providers } = dryRun({ jobs: [{ provider: 'polar', token: 'd' }] }, catalog);
  expect(Object.keys(providers)).toEqual(['polar']);
});
