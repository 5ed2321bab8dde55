import { describe, expect, test } from 'vitest';
import { judgeRevocation } from './judge.ts';

const answer = (status: number, body = '', headers = {}) => ({ status, headers, body });
const replayed = { 'idempotent-replayed': 'true' };

test('204 is success even if something adds a body', () => {
  expect(judgeRevocation(answer(204, '{}'))).toEqual({ kind: 'revoked' });
});

test.each([400, 402, 403, 404, 405, 406, 410, 415, 422, 451])(
  '%i is refused: nothing documents it as "dead already"',
  (status) => expect(judgeRevocation(answer(status)).kind).toBe('refused'),
);

test('a redirect means a wrong base URL', () => {
  const verdict = judgeRevocation(answer(301));
  expect(verdict).toMatchObject({ kind: 'misconfigured', credentials: false });
});

describe('an answer replayed for its idempotency key', () => {
  test('is success if it was success', () => {
    expect(judgeRevocation(answer(204, '', replayed))).toEqual({ kind: 'revoked' });
  });

  test('is refused if it was refused', () => {
    expect(judgeRevocation(answer(422, '', replayed)).kind).toBe('refused');
  });

  test.each([answer(401, '', replayed), answer(400, '{"error":"invalid_client"}', replayed)])(
    'does not blame the credentials of today: %j',
    (old) => {
      expect(judgeRevocation(old).kind).toBe('unavailable');
      expect(judgeRevocation({ ...old, headers: {} }).kind).toBe('misconfigured');
    },
  );
});
