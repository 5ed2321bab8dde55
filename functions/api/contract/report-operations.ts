import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { revocationIdPattern } from '../../../shared/domain/revocation.ts';
import { reportKeys } from '../../../shared/report/keys.ts';
import { reportPage } from '../../../shared/report/page.ts';
import { getReportQuery } from '../../report/get-report.ts';
import { answer, guardedCall, jsonContent, problem, securityOf } from './responses.ts';

/** The operations of the evidence report, for the OpenAPI document. */

const document = { schema: z.string() };

export const reportOperations: ZodOpenApiPathsObject = {
  '/v1/revocations/{id}/report': {
    get: {
      operationId: 'getReport',
      summary: 'Every job’s outcome and evidence, chained and signed, to be checked by anybody',
      security: securityOf('read'),
      requestParams: {
        path: z.object({
          id: z.string().regex(revocationIdPattern).meta({ description: 'The revocation’s id' }),
        }),
        query: getReportQuery,
      },
      responses: {
        ...guardedCall,
        '200': {
          description: 'A page of the report. The last page’s statement is about all of it',
          headers: z.object({
            link: z.string().optional().meta({
              description: 'The next page, with rel="next" (RFC 8288); absent at the end',
            }),
          }),
          content: { ...jsonContent(reportPage), 'text/csv': document, 'text/html': document },
        },
        '404': problem('not-found'),
      },
    },
  },
  '/v1/report-keys': {
    get: {
      operationId: 'getReportKeys',
      summary: 'The public keys that reports are checked with',
      security: securityOf('read'),
      responses: {
        ...guardedCall,
        '200': answer('The key that signs first, then earlier ones', reportKeys),
      },
    },
  },
};
