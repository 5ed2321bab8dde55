import { expect, test } from 'vitest';
import { judgeIntrospection, judgeRevocation } from './judge.ts';

const answer = (status: number, body: string) => ({ status, headers: {}, body });

test.each(['', ' ', 'null', 'true', '[]', '"{}"', '{"error":null}', '<html></html>'])(
  '200 with %j is not the documented success',
  (body) => expect(judgeRevocation(answer(200, body)).kind).toBe('ambiguous'),
);

test('the success body may gain fields', () => {
  expect(judgeRevocation(answer(200, '{"revoked_at":1}'))).toEqual({ kind: 'revoked' });
});

test('a 401 is forgiven only for the one error that is not about credentials', () => {
  expect(judgeRevocation(answer(401, '{"error":"unsupported_token_type"}')).kind).toBe('refused');
  for (const body of ['', '{"error":"invalid_grant"}', '{"detail":"no"}']) {
    expect(judgeRevocation(answer(401, body)).kind).toBe('misconfigured');
  }
});

test.each(['{"active":"false"}', '{"active":0}', '{}', 'false'])(
  'introspection: %s is no answer',
  (body) => expect(judgeIntrospection(answer(200, body)).kind).toBe('unknown'),
);

test('introspection: a body counts with a 200 alone', () => {
  expect(judgeIntrospection(answer(400, '{"active":false}')).kind).toBe('unknown');
});
