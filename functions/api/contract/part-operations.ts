import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { revocationIdPattern } from '../../../shared/domain/revocation.ts';
import { revocation } from './answers.ts';
import { closing, part, partAnswer, partNumberPattern } from './parts.ts';
import { answer, callWithBody, jsonContent, problem, securityOf } from './responses.ts';

/** The operations on revocations in several parts, for the OpenAPI document. */

const id = z.string().regex(revocationIdPattern).meta({
  description: 'Id of a revocation that was made with `open`',
});

export const partOperations: ZodOpenApiPathsObject = {
  '/v1/revocations/{id}/parts/{part}': {
    put: {
      operationId: 'submitPart',
      summary:
        'Revoke 1 to 500 tokens more: all of them are taken, or none. Repeated, it sends nothing twice',
      security: securityOf('submit'),
      requestParams: {
        path: z.object({
          id,
          part: z.string().regex(partNumberPattern).meta({
            description: 'Its number, your own; part 0 is what the revocation was made with',
          }),
        }),
      },
      requestBody: { required: true, content: jsonContent(part) },
      responses: {
        ...callWithBody,
        '202': answer('Taken, now or before; the outcomes follow', partAnswer),
        '404': problem('not-found'),
        '409': problem('conflict'),
      },
    },
  },
  '/v1/revocations/{id}/close': {
    post: {
      operationId: 'closeRevocation',
      summary: 'No more parts come: it is complete when all its jobs are',
      security: securityOf('submit'),
      requestParams: { path: z.object({ id }) },
      requestBody: { required: false, content: jsonContent(closing) },
      responses: {
        ...callWithBody,
        '200': answer('Closed, now or before', revocation),
        '404': problem('not-found'),
        '409': problem('conflict'),
      },
    },
  },
};
