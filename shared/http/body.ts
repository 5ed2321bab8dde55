import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type * as z from 'zod';
import { type FieldError, Problem } from './problem.ts';

/** Size of a request body. */
export const maximumBodyBytes = 4 * 1024 * 1024;

/**
 * A request's JSON body.
 *
 * @throws Problem `too-large`, `unsupported-media-type` or `invalid-json`, quoting nothing of it
 */
export function jsonBody({ headers, body = '', isBase64Encoded }: APIGatewayProxyEventV2): unknown {
  const type = headers['content-type'] ?? '';
  if (!/^application\/(\w+[.+-])*json\b/i.test(type.trim())) {
    throw new Problem(
      'unsupported-media-type',
      'Send the body with Content-Type: application/json.',
    );
  }
  const bytes = isBase64Encoded ? Buffer.from(body, 'base64') : Buffer.from(body);
  if (bytes.length > maximumBodyBytes) throw tooLarge();
  try {
    const parsed: unknown = JSON.parse(bytes.toString('utf8'));
    return parsed;
  } catch {
    throw new Problem('invalid-json', 'The body could not be read as JSON.');
  }
}

export const tooLarge = (): Problem =>
  new Problem('too-large', 'Send at most 4 MiB and 500 jobs a request.');

/**
 * Every issue as a field error of the body, or of one of its jobs. Pointers stop at the first field
 * and messages never quote, since a misplaced token may stand as a value or even as a key.
 */
export function fieldErrors({ issues }: z.core.$ZodError, job?: number): FieldError[] {
  const parent = job === undefined ? '' : `/jobs/${job}`;
  return issues.map(({ code, path: [field], message }) => ({
    pointer: field === undefined ? parent : `${parent}/${String(field)}`,
    ...(job !== undefined && { index: job }),
    detail: code === 'unrecognized_keys' ? 'has a field that is not known' : message,
  }));
}
