import fc from 'fast-check';
import type { HttpAnswer } from '../../shared/providers/adapter.ts';

/** Codes that judges look for, so that random answers reach their branches. */
const code = fc.constantFrom(
  'invalid_client',
  'invalid_grant',
  'invalid_request',
  'invalid_token',
  'unsupported_token_type',
  'internal_error',
  'token.unauthorized_access',
);

const status = fc.oneof(
  fc.integer({ min: 200, max: 599 }),
  fc.constantFrom(200, 204, 302, 400, 401, 403, 404, 422, 429, 503),
);

const claimedStatus = fc.oneof(status, fc.string(), fc.double());

/** Every error shape that the field uses, and success bodies that contradict it. */
const errorShape = (text: fc.Arbitrary<string>): fc.Arbitrary<unknown> =>
  fc.oneof(
    fc.record({ error: code, error_description: text, error_code: claimedStatus }),
    fc.record({ request_id: fc.string(), error: fc.record({ type: code, message: text }) }),
    fc.record({ status: claimedStatus, title: fc.string(), detail: text }),
    fc.record({ statusCode: claimedStatus, apiCode: fc.integer(), message: text }),
    fc.record({ code: fc.oneof(code, claimedStatus), message: text }),
    fc.record({ active: fc.oneof(fc.boolean(), fc.string()) }),
  );

const body = fc.oneof(
  fc.constantFrom('', ' ', '{}', '[]', 'true', 'null', '<html></html>', '{"active":'),
  fc.string(),
  fc.json(),
  errorShape(fc.string()).map((value) => JSON.stringify(value)),
);

const headers = fc.oneof(
  fc.constant({}),
  fc.record({ 'retry-after': fc.oneof(fc.nat().map(String), fc.string()) }),
);

/** Any answer at all, with a bent for those that a judge tells apart. */
export const anAnswer: fc.Arbitrary<HttpAnswer> = fc.record({ status, headers, body });

/** An answer whose free text quotes the token, as some servers do. */
export const anEchoOf = (token: string): fc.Arbitrary<HttpAnswer> =>
  fc.record({
    status,
    headers,
    body: fc.oneof(
      fc.constant(`token ${token} is unknown`),
      errorShape(fc.constant(`no such token: ${token}`)).map((value) => JSON.stringify(value)),
    ),
  });
