import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** Every kind of error this API answers with: its status and its RFC 9457 title. */
export const problems = {
  'bad-request': { status: 400, title: 'The request is not valid HTTP' },
  'invalid-json': { status: 400, title: 'The body is not JSON' },
  'invalid-event': { status: 400, title: 'The event is not valid' },
  'invalid-parameter': { status: 400, title: 'A query parameter or header is not valid' },
  unauthenticated: { status: 401, title: 'Credentials are missing or not valid' },
  forbidden: { status: 403, title: 'The credentials do not allow this' },
  'not-found': { status: 404, title: 'There is no such resource' },
  'method-not-allowed': { status: 405, title: 'The resource does not have this method' },
  'request-timeout': { status: 408, title: 'The request took too long to arrive' },
  'idempotency-conflict': {
    status: 409,
    title: 'The Idempotency-Key was used with another body',
  },
  conflict: { status: 409, title: 'The resource is not in a state that allows this' },
  'precondition-failed': { status: 412, title: 'The resource is not what If-Match names' },
  'too-large': { status: 413, title: 'The body is too large' },
  'unsupported-media-type': { status: 415, title: 'The body must be application/json' },
  'misdirected-request': { status: 421, title: 'The Host header names another server' },
  'invalid-request': { status: 422, title: 'The request is not valid' },
  'too-many-requests': { status: 429, title: 'There are too many requests' },
  'headers-too-large': { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Something failed on our side' },
  unavailable: { status: 503, title: 'The service cannot take this request now' },
} as const;

export type ProblemCode = keyof typeof problems;

/** One thing that is wrong with a request. */
export interface FieldError {
  /** RFC 6901 pointer into the body, e.g. `/jobs/3/token`; or the parameter's name. */
  readonly pointer: string;
  /** Position in `jobs`, where the error belongs to one. */
  readonly index?: number;
  /** What is wrong and what to do. Never quotes the value: it may be a token. */
  readonly detail: string;
}

/** An error that a caller is told about. Everything in it may be shown. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ProblemCode,
    detail: string,
    {
      errors = [],
      headers = {},
    }: { errors?: readonly FieldError[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    this.code = code;
    this.errors = errors;
    this.headers = headers;
  }
}

/** Answers are for whoever asked, and for nobody to guess what else they might be. */
const everyAnswer = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

/** The problem as RFC 9457 JSON. `requestId` finds the log lines that belong to it. */
export function problemResponse(
  { code, message, errors, headers }: Problem,
  requestId?: string,
): APIGatewayProxyStructuredResultV2 {
  const { status, title } = problems[code];
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', ...everyAnswer, ...headers },
    body: JSON.stringify({
      type: `urn:rescind:problem:${code}`,
      title,
      status,
      detail: message,
      ...(errors.length > 0 && { errors }),
      ...(requestId !== undefined && { requestId }),
    }),
  };
}

/** A JSON answer. */
export const json = (
  statusCode: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json', ...everyAnswer, ...headers },
  body: JSON.stringify(body),
});

/** An answer that is no JSON. */
export const text = (
  statusCode: number,
  contentType: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': contentType, ...everyAnswer, ...headers },
  body,
});

/** The answer to what is done and leaves nothing to be told. */
export const noContent = (): APIGatewayProxyStructuredResultV2 => ({
  statusCode: 204,
  headers: everyAnswer,
});
