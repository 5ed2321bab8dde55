import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { listGrantsQuery } from '../routes/subjects/list-grants.ts';
import { grantIdPattern } from '../subjects/named.ts';
import { listOf } from './answers.ts';
import * as answers from './grant-answers.ts';
import { registration, subjectRevocation } from './grants.ts';
import {
  answer,
  callWithBody,
  guardedCall,
  idempotencyHeader,
  jsonContent,
  problem,
  securityOf,
  taken,
} from './responses.ts';

/** The operations on persons and their grants, for the OpenAPI document. */

const subject = z
  .string()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not come.
  .regex(/^(?!\.{1,2}$)[^/?#%\\\u0000-\u001f\u007f]{1,256}$/)
  .meta({
    description:
      'What you call the person: 1 to 256 characters, percent-encoded. One with / ? # % \\ or a control character in it, a ~ in front, or of one or two dots alone, is written as ~ and the base64url of its UTF-8',
    example: 'user-4711',
  });

const grantId = z.string().regex(grantIdPattern).meta({
  description: 'Your own id of the grant; the same with all who share it. Not a token',
});

const etag = z.object({ etag: z.string().meta({ description: 'Of the grant as it now stands' }) });

export const subjectOperations: ZodOpenApiPathsObject = {
  '/v1/subjects/{subject}/grants': {
    get: {
      operationId: 'listGrants',
      summary: 'What is kept of a person’s grants: no token',
      security: securityOf('read'),
      requestParams: { path: z.object({ subject }), query: listGrantsQuery },
      responses: { ...guardedCall, '200': answer('A page of grants', listOf(answers.grant)) },
    },
  },
  '/v1/subjects/{subject}/grants/{grantId}': {
    put: {
      operationId: 'registerGrant',
      summary: 'Keep a person’s tokens sealed, in the place of those that were kept before',
      security: securityOf('submit'),
      requestParams: {
        path: z.object({ subject, grantId }),
        header: z.object({
          'If-Match': z.string().optional().meta({
            description:
              'Only where the grant still has this ETag. Without it the last write stays',
          }),
        }),
      },
      requestBody: { required: true, content: jsonContent(registration) },
      responses: {
        ...callWithBody,
        '200': { ...answer('Its tokens have been replaced', answers.grant), headers: etag },
        '201': { ...answer('Registered', answers.grant), headers: etag },
        '409': problem('conflict'),
        '412': problem('precondition-failed'),
      },
    },
    delete: {
      operationId: 'forgetGrant',
      summary: 'Forget a grant; revokes nothing',
      security: securityOf('submit'),
      requestParams: { path: z.object({ subject, grantId }) },
      responses: {
        ...guardedCall,
        '204': { description: 'It is not there any more' },
        '409': problem('conflict'),
      },
    },
  },
  '/v1/subjects/{subject}/revoke': {
    post: {
      operationId: 'revokeSubject',
      summary: 'Revoke every grant of a person that serves nobody else, as one revocation',
      security: securityOf('submit'),
      requestParams: { path: z.object({ subject }), header: idempotencyHeader },
      requestBody: { required: false, content: jsonContent(subjectRevocation) },
      responses: {
        ...callWithBody,
        '200': answer('A dry run, or there is nothing to revoke', answers.subjectNotRevoked),
        '202': taken('Under way, or done before', answers.subjectRevoked),
        '409': problem('idempotency-conflict', 'conflict'),
      },
    },
  },
};
