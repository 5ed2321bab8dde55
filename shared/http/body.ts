import { isUtf8 } from 'node:buffer';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type * as z from 'zod';
import { type FieldError, Problem } from './problem.ts';
import { JsonFault, parseJson } from './strict-json.ts';

/** Size of a request body. */
export const maximumBodyBytes = 4 * 1024 * 1024;

/**
 * A request's JSON body.
 *
 * @throws Problem `too-large`, `unsupported-media-type` or `invalid-json`, quoting nothing of it
 */
export function jsonBody({ headers, body = '', isBase64Encoded }: APIGatewayProxyEventV2): unknown {
  checkType(headers);
  const bytes = isBase64Encoded ? Buffer.from(body, 'base64') : Buffer.from(body);
  if (bytes.length > maximumBodyBytes) throw tooLarge();
  if (!isUtf8(bytes)) throw new Problem('invalid-json', 'The body is not UTF-8.');
  try {
    return parseJson(bytes.toString('utf8'));
  } catch (error) {
    throw error instanceof JsonFault ? new Problem('invalid-json', error.message) : error;
  }
}

function checkType(headers: APIGatewayProxyEventV2['headers']): void {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').split(';');
  const isJson = /^application\/([\w.+-]+\+)?json$/i.test(type.trim());
  if (!isJson || !parameters.every(isUtf8Parameter)) {
    throw new Problem(
      'unsupported-media-type',
      'Send the body in UTF-8 with Content-Type: application/json.',
    );
  }
  if (!/^(identity)?$/i.test(headers['content-encoding']?.trim() ?? '')) {
    throw new Problem('unsupported-media-type', 'Send the body without Content-Encoding.', {
      headers: { 'accept-encoding': 'identity' },
    });
  }
}

/** Other parameters than the charset mean nothing to JSON. */
const isUtf8Parameter = (parameter: string): boolean =>
  !/^\s*charset\s*=/i.test(parameter) || /^\s*charset\s*=\s*"?utf-8"?\s*$/i.test(parameter);

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
