import { expect, test } from 'vitest';
import { endOf } from './conclude.ts';

test.each([
  [['revoked'], 'revoked'],
  [['revoked', 'already_invalid'], 'revoked'],
  [['expired'], 'revoked'],
  [['revoked', 'unsupported'], 'unsupported'],
  [['abandoned', 'unsupported'], 'abandoned'],
  [['abandoned', 'revoked'], 'abandoned'],
  [['revoked', 'parked'], undefined],
  [['abandoned', 'parked'], undefined],
  [['revoked', undefined], undefined],
] as const)('jobs that are %j leave a grant %s', (outcomes, state) => {
  expect(endOf(outcomes)).toBe(state);
});
