import { describe, expect, test } from 'vitest';
import { checkToken, isAccessToken } from './token.ts';

describe('what the revocation endpoint may be asked to end', () => {
  test.each(['polar_at_u_1', 'polar_at_o_1', 'polar_rt_u_1', 'polar_rt_o_1', 'polar_at_1', 'x'])(
    '%s',
    (token) => expect(checkToken(token)).toBeUndefined(),
  );

  test.each([
    'polar_pat_1',
    'polar_oat_1',
    'polar_cs_1',
    'polar_ci_1',
    'polar_ac_1',
    'polar_new_1',
  ])('not %s, which would be answered 200 and stay alive', (token) => {
    expect(checkToken(token)).toMatch(/OAuth tokens only/);
    expect(checkToken(token)).not.toContain(token);
  });
});

describe('which tokens introspection can pronounce dead', () => {
  test.each([
    { token: 'polar_at_u_1' },
    { token: 'polar_at_u_1', tokenType: 'access_token' as const },
    { token: 'opaque', tokenType: 'access_token' as const },
  ])('%j', (job) => expect(isAccessToken(job)).toBe(true));

  test.each([
    { token: 'polar_rt_u_1' },
    { token: 'polar_rt_u_1', tokenType: 'access_token' as const },
    { token: 'opaque', tokenType: 'refresh_token' as const },
    { token: 'opaque' },
  ])('not %j', (job) => expect(isAccessToken(job)).toBe(false));
});
