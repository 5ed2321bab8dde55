import * as z from 'zod';
import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi';
import { problems } from '../../../shared/http/problem.ts';
import { version } from '../../../shared/version.ts';
import { getDeadLettersQuery } from '../routes/get-dead-letters.ts';
import { getOutcomesQuery } from '../routes/get-outcomes.ts';
import { listRevocationsQuery } from '../routes/list-revocations.ts';
import * as answers from './answers.ts';
import * as deadLetters from './dead-letters.ts';
import { submission } from './submission.ts';

const jsonContent = (schema: z.ZodType) => ({ 'application/json': { schema } });

const answer = (description: string, schema: z.ZodType) => ({
  description,
  content: jsonContent(schema),
});

const problem = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: answers.problem } },
});

/** What any authenticated call may answer. */
const anyCall = {
  '400': problem(problems['invalid-parameter'].title),
  '401': problem(problems.unauthenticated.title),
  '421': problem(problems['misdirected-request'].title),
  '500': problem(problems.internal.title),
};

const path = { path: z.object({ id: z.string().meta({ description: 'The revocation’s id' }) }) };

const get = (
  operationId: string,
  summary: string,
  rest: Omit<ZodOpenApiOperationObject, 'operationId' | 'summary'>,
): { get: ZodOpenApiOperationObject } => ({ get: { operationId, summary, ...rest } });

const post = (
  operationId: string,
  summary: string,
  body: z.ZodType,
  ok: ReturnType<typeof answer>,
): { post: ZodOpenApiOperationObject } => ({
  post: {
    operationId,
    summary,
    requestBody: { required: true, content: jsonContent(body) },
    responses: {
      ...anyCall,
      '200': ok,
      '413': problem(problems['too-large'].title),
      '415': problem(problems['unsupported-media-type'].title),
      '422': problem(problems['invalid-request'].title),
      '503': problem(problems.unavailable.title),
    },
  },
});

/** The OpenAPI document, made of the schemas that check requests and answers. */
export const openApiDocument = () =>
  createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Rescind',
      version,
      description: 'Revokes third-party OAuth tokens at their providers, and can prove it.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    security: [{ bearer: [] }],
    components: {
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description:
            'The embedded stack’s API key, or a JWT where the deployment is configured for one; else requests are signed with IAM credentials (SigV4, service execute-api)',
        },
      },
    },
    paths: {
      '/v1/revocations': {
        post: {
          operationId: 'submitRevocation',
          summary: 'Revoke 1 to 500 tokens: all of them are taken, or none',
          requestParams: {
            header: z.object({
              'Idempotency-Key': z.string().min(1).max(255).optional().meta({
                description:
                  'Repeating a call with its key makes no second revocation, for 24 hours',
              }),
            }),
          },
          requestBody: { required: true, content: jsonContent(submission) },
          responses: {
            ...anyCall,
            '200': answer('A dry run: what the request would do', answers.dryRunAnswer),
            '202': answer('Taken; the outcomes follow', answers.accepted),
            '409': problem(problems['idempotency-conflict'].title),
            '413': problem(problems['too-large'].title),
            '415': problem(problems['unsupported-media-type'].title),
            '422': problem(problems['invalid-request'].title),
            '503': problem(problems.unavailable.title),
          },
        },
        ...get('listRevocations', 'Revocations, newest first', {
          requestParams: { query: listRevocationsQuery },
          responses: {
            ...anyCall,
            '200': answer('A page of revocations', answers.listOf(answers.revocation)),
          },
        }),
      },
      '/v1/revocations/{id}': get('getRevocation', 'One revocation and its progress', {
        requestParams: path,
        responses: {
          ...anyCall,
          '200': answer('The revocation', answers.revocation),
          '404': problem(problems['not-found'].title),
        },
      }),
      '/v1/revocations/{id}/outcomes': get('listOutcomes', 'What became of each job', {
        requestParams: { ...path, query: getOutcomesQuery },
        responses: {
          ...anyCall,
          '200': answer('A page of outcomes', answers.listOf(answers.outcomeRow)),
          '404': problem(problems['not-found'].title),
        },
      }),
      '/v1/providers': get('listProviders', 'The configured providers and how they fare', {
        responses: {
          ...anyCall,
          '200': answer('All providers', answers.listOf(answers.provider)),
        },
      }),
      '/v1/dead-letters': get('listDeadLetters', 'Parked jobs, by provider and age', {
        requestParams: { query: getDeadLettersQuery },
        responses: {
          ...anyCall,
          '200': answer('A page of parked jobs', answers.listOf(answers.deadLetter)),
        },
      }),
      '/v1/dead-letters/redrive': post(
        'redriveDeadLetters',
        'Send parked jobs again: those that fit every filter',
        deadLetters.redriveRequest,
        answer('What was sent, or would be', deadLetters.redriveAnswer),
      ),
      '/v1/dead-letters/abandon': post(
        'abandonDeadLetters',
        'Give up on parked jobs for good: their tokens are forgotten, the record stays',
        deadLetters.abandonRequest,
        answer('What is abandoned', deadLetters.abandonAnswer),
      ),
      '/v1/openapi.json': get('getContract', 'This document', {
        responses: { ...anyCall, '200': answer('OpenAPI 3.1', z.looseObject({})) },
      }),
      '/v1/health': get('getHealth', 'Liveness', {
        security: [],
        responses: { '200': answer('Alive', answers.health) },
      }),
    },
  });
