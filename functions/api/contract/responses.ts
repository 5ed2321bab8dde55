import * as z from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';
import { type ProblemCode, problems } from '../../../shared/http/problem.ts';
import type { Scope } from '../../../shared/http/scope.ts';
import { problem as problemSchema } from './answers.ts';

/** What each answer of the API looks like, for the OpenAPI document. */

export const jsonContent = (schema: z.ZodType) => ({ 'application/json': { schema } });

export const answer = (description: string, schema: z.ZodType) => ({
  description,
  content: jsonContent(schema),
});

/** Problem answers as components, by id: all who answer so refer to the one. */
const components = new Map<string, ZodOpenApiResponseObject>();

/** One status that stands for these problems. */
export function problem(...codes: readonly [ProblemCode, ...ProblemCode[]]) {
  return problemWith(undefined, ...codes);
}

function problemWith(
  headers: z.ZodObject | undefined,
  ...codes: readonly [ProblemCode, ...ProblemCode[]]
): ZodOpenApiResponseObject {
  const id = codes.map(inPascalCase).join('Or');
  const component = components.get(id) ?? {
    id,
    description: codes.map((code) => problems[code].title).join('; or: '),
    content: { 'application/problem+json': { schema: problemSchema } },
    ...(headers !== undefined && { headers }),
  };
  components.set(id, component);
  return component;
}

const inPascalCase = (code: string): string =>
  code.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());

type Responses = Readonly<Record<`${number}`, ZodOpenApiResponseObject>>;

const header = (name: string, description: string) =>
  z.object({ [name]: z.string().meta({ description }) });

const challenge = header('www-authenticate', 'What is missing, as RFC 6750 has it');
const wait = header('retry-after', 'Seconds after which to repeat the request');

/** What any call may answer, before it is looked at. */
export const anyCall = {
  '400': problem('bad-request'),
  '408': problem('request-timeout'),
  '413': problem('too-large'),
  '421': problem('misdirected-request'),
  '431': problem('headers-too-large'),
  '500': problem('internal'),
  '503': problem('unavailable'),
} satisfies Responses;

/** What any call that takes credentials may answer. */
export const guardedCall = {
  ...anyCall,
  '400': problem('invalid-parameter', 'bad-request'),
  '401': problemWith(challenge, 'unauthenticated'),
  '403': problemWith(challenge, 'forbidden'),
  '429': problemWith(wait, 'too-many-requests'),
} satisfies Responses;

/** What any call with a body may answer. */
export const callWithBody = {
  ...guardedCall,
  '400': problem('invalid-json', 'invalid-parameter', 'bad-request'),
  '415': problem('unsupported-media-type'),
  '422': problem('invalid-request'),
} satisfies Responses;

const location = header('location', 'Path of the revocation');

/** A revocation that was taken, and where to follow it. */
export const taken = (description: string, schema: z.ZodType) => ({
  ...answer(description, schema),
  headers: location,
  links: {
    revocation: { operationId: 'getRevocation', parameters: { id: '$response.body#/id' } },
    outcomes: { operationId: 'listOutcomes', parameters: { id: '$response.body#/id' } },
    report: { operationId: 'getReport', parameters: { id: '$response.body#/id' } },
  },
});

export const idempotencyHeader = z.object({
  'Idempotency-Key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .optional()
    .meta({
      description: 'Repeating a call with its key makes no second revocation, for 24 hours',
    }),
});

/** One way in is enough. Roles of security requirements are the scopes of the API. */
export const securityOf = (scope: Scope) => [{ iam: [] }, { jwt: [scope] }, { apiKey: [scope] }];
