import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { Problem } from '../../../shared/http/problem.ts';
import { subjectText } from '../contract/grants.ts';

/**
 * Persons and grants as the path names them.
 *
 * API Gateway decodes the path before it looks for `/` and `?` in it, and hands on what is left. So a
 * subject with such a character would be another one behind it than in the embedded stack. It is
 * written as `~` and its base64url instead.
 */

/** `.` and `..` would be taken for folders on the way. */
export const grantIdPattern = /^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,128}$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not come.
const unsafe = /^\.{1,2}$|[/?#%\\\u0000-\u001f\u007f]/;

/** @throws Problem `invalid-parameter`, quoting nothing */
export function subjectOf({ pathParameters }: APIGatewayProxyEventV2): string {
  const segment = decoded(pathParameters?.subject ?? '');
  const subject = segment.startsWith('~') ? fromBase64url(segment.slice(1)) : segment;
  const isSafe = segment.startsWith('~') || !unsafe.test(segment);
  if (subject !== undefined && isSafe && isText(subject)) return subject;
  throw new Problem('invalid-parameter', 'The subject in the path is not valid.', {
    errors: [
      {
        pointer: 'subject',
        detail:
          'must be 1 to 256 characters, percent-encoded; one with / ? # % \\ or a control character in it, a ~ in front, or of one or two dots alone, is written as ~ and the base64url of its UTF-8',
      },
    ],
  });
}

/** @throws Problem `invalid-parameter`, quoting nothing */
export function grantIdOf({ pathParameters }: APIGatewayProxyEventV2): string {
  const grantId = decoded(pathParameters?.grantId ?? '');
  if (grantIdPattern.test(grantId)) return grantId;
  throw new Problem('invalid-parameter', 'The grant’s id in the path is not valid.', {
    errors: [
      {
        pointer: 'grantId',
        detail: 'must be 1 to 128 letters, digits or . _ ~ -, not . or .. alone, and not a token',
      },
    ],
  });
}

const isText = (text: string): boolean =>
  subjectText.safeParse(text).success && text.isWellFormed();

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function fromBase64url(text: string): string | undefined {
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
