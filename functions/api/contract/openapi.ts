import * as z from 'zod';
import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi';
import { revocationIdPattern } from '../../../shared/domain/revocation.ts';
import { version } from '../../../shared/version.ts';
import { getDeadLettersQuery } from '../routes/get-dead-letters.ts';
import { getOutcomesQuery } from '../routes/get-outcomes.ts';
import { listRevocationsQuery } from '../routes/list-revocations.ts';
import * as answers from './answers.ts';
import * as deadLetters from './dead-letters.ts';
import { partOperations } from './part-operations.ts';
import { reportOperations } from './report-operations.ts';
import {
  answer,
  anyCall,
  callWithBody,
  guardedCall,
  idempotencyHeader,
  jsonContent,
  problem,
  securityOf,
  taken,
} from './responses.ts';
import { subjectOperations } from './subject-operations.ts';
import { submission } from './submission.ts';

const securitySchemes = {
  iam: {
    type: 'apiKey',
    name: 'Authorization',
    in: 'header',
    'x-amazon-apigateway-authtype': 'awsSigv4',
    description:
      'On AWS, unless it is configured for JWTs: IAM credentials (SigV4, service execute-api) that may invoke the route',
  },
  jwt: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description:
      'On AWS, where it is configured: a token of the issuer for the audience, with the scope as it is called there (rescind:submit, rescind:read, rescind:operate by default)',
  },
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description: 'The embedded stack: one of its API keys, with the scope',
  },
} as const;

const path = {
  path: z.object({
    id: z.string().regex(revocationIdPattern).meta({ description: 'The revocation’s id' }),
  }),
};

const get = (
  operationId: string,
  summary: string,
  { responses, ...rest }: Omit<ZodOpenApiOperationObject, 'operationId' | 'summary'>,
): { get: ZodOpenApiOperationObject } => ({
  get: {
    operationId,
    summary,
    security: securityOf('read'),
    ...rest,
    responses: { ...guardedCall, ...responses },
  },
});

const operate = (
  operationId: string,
  summary: string,
  body: z.ZodType,
  ok: ReturnType<typeof answer>,
): { post: ZodOpenApiOperationObject } => ({
  post: {
    operationId,
    summary,
    security: securityOf('operate'),
    requestBody: { required: true, content: jsonContent(body) },
    responses: { ...callWithBody, '200': ok },
  },
});

const submitRevocation: ZodOpenApiOperationObject = {
  operationId: 'submitRevocation',
  summary: 'Revoke 1 to 500 tokens, or open a revocation of more: all are taken, or none',
  security: securityOf('submit'),
  requestParams: {
    header: idempotencyHeader,
  },
  requestBody: { required: true, content: jsonContent(submission) },
  responses: {
    ...callWithBody,
    '200': answer('A dry run: what the request would do', answers.dryRunAnswer),
    '202': taken('Taken; the outcomes follow', answers.accepted),
    '409': problem('idempotency-conflict'),
  },
};

/** The OpenAPI document, made of the schemas that check requests and answers. */
export const openApiDocument = () =>
  createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Rescind',
      version,
      description:
        'Revokes third-party OAuth tokens at their providers, and can prove it. On AWS, API Gateway answers by itself what it does not let in (401, 403, 404, 429), with JSON of its own.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    components: { securitySchemes },
    paths: {
      '/v1/revocations': {
        post: submitRevocation,
        ...get('listRevocations', 'Revocations, newest first', {
          requestParams: { query: listRevocationsQuery },
          responses: {
            '200': answer('A page of revocations', answers.listOf(answers.revocation)),
          },
        }),
      },
      '/v1/revocations/{id}': get('getRevocation', 'One revocation and its progress', {
        requestParams: path,
        responses: {
          '200': answer('The revocation', answers.revocation),
          '404': problem('not-found'),
        },
      }),
      '/v1/revocations/{id}/outcomes': get('listOutcomes', 'What became of each job', {
        requestParams: { ...path, query: getOutcomesQuery },
        responses: {
          '200': answer('A page of outcomes', answers.listOf(answers.outcomeRow)),
          '404': problem('not-found'),
        },
      }),
      ...reportOperations,
      ...partOperations,
      '/v1/providers': get('listProviders', 'The configured providers and how they fare', {
        responses: { '200': answer('All providers', answers.listOf(answers.provider)) },
      }),
      '/v1/dead-letters': get('listDeadLetters', 'Parked jobs, by provider and age', {
        requestParams: { query: getDeadLettersQuery },
        responses: {
          '200': answer('A page of parked jobs', answers.listOf(answers.deadLetter)),
        },
      }),
      '/v1/dead-letters/redrive': operate(
        'redriveDeadLetters',
        'Send parked jobs again: those that fit every filter',
        deadLetters.redriveRequest,
        answer('What was sent, or would be', deadLetters.redriveAnswer),
      ),
      '/v1/dead-letters/abandon': operate(
        'abandonDeadLetters',
        'Give up on parked jobs for good: their tokens are forgotten, the record stays',
        deadLetters.abandonRequest,
        answer('What is abandoned', deadLetters.abandonAnswer),
      ),
      ...subjectOperations,
      '/v1/openapi.json': get('getContract', 'This document', {
        responses: { '200': answer('OpenAPI 3.1', z.looseObject({})) },
      }),
      '/v1/health': {
        get: {
          operationId: 'getHealth',
          summary: 'Liveness',
          security: [],
          responses: { ...anyCall, '200': answer('Alive', answers.health) },
        },
      },
    },
  });
