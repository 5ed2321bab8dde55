import { describe, expect, test } from 'vitest';
import { problem as contract } from '../../functions/api/contract/answers.ts';
import { json, Problem, problemResponse, problems } from './problem.ts';

describe('problemResponse', () => {
  test.each(Object.entries(problems))('%s is RFC 9457 JSON of its status', (code, { status }) => {
    const known = code as keyof typeof problems;
    const answer = problemResponse(new Problem(known, 'Do this instead.'), 'request-1');
    expect(answer).toMatchObject({
      statusCode: status,
      headers: {
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      },
    });
    const body = contract.parse(JSON.parse(answer.body ?? ''));
    expect(body).toMatchObject({
      type: `urn:rescind:problem:${code}`,
      status,
      detail: 'Do this instead.',
      requestId: 'request-1',
    });
    expect(body).not.toHaveProperty('errors');
  });

  test('carries what is wrong with each field, and its own headers', () => {
    const errors = [{ pointer: '/jobs/3/token', index: 3, detail: 'must not be empty' }];
    const headers = { 'retry-after': '5' };
    const answer = problemResponse(new Problem('unavailable', 'Repeat it.', { errors, headers }));
    expect(answer.headers).toMatchObject(headers);
    expect(JSON.parse(answer.body ?? '')).toMatchObject({ errors });
    expect(JSON.parse(answer.body ?? '')).not.toHaveProperty('requestId');
  });
});

test('json answers are not cached, and may have headers of their own', () => {
  expect(json(202, { id: 'x' }, { location: '/v1/x' })).toEqual({
    statusCode: 202,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      location: '/v1/x',
    },
    body: '{"id":"x"}',
  });
});
