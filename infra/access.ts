import * as z from 'zod';
import type { AccessConfig } from '../shared/config.ts';
import { anyToken, type Scope, type ScopeNames } from '../shared/http/scope.ts';
import { serverUrlProblem } from '../shared/providers/configuration.ts';

/** Who may call the API, and see what. */
export interface AccessSettings {
  /** Takes JWTs; undefined leaves callers to IAM. */
  readonly jwt: JwtSettings | undefined;
  /** Whether callers see only the revocations that they have asked for. */
  readonly ownership: boolean;
  /** IAM callers that see everybody's all the same, as `ownerOf` names them. */
  readonly operators: readonly string[];
}

export interface JwtSettings {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly scopes: ScopeNames;
}

const words = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter((word) => word !== ''))
  .refine((list) => list.length > 0, 'must name at least one');

/** RFC 6749, section 3.3. */
const isScopeText = (text: string): boolean => /^[\x21\x23-\x5b\x5d-\x7e]*$/.test(text);
const notScopeText = 'must be made of what scopes are made of: no quotes, no backslashes';

/** @returns the ARN as `ownerOf` names the caller; undefined when it names none */
function ownerOfArn(arn: string): string | undefined {
  const role = /^arn:([\w-]+):iam::(\d{12}):role\/(?:[^*?]*\/)?([\w+=,.@-]+)$/.exec(arn);
  if (role !== null) return `arn:${role[1]}:sts::${role[2]}:assumed-role/${role[3]}`;
  return /^arn:[\w-]+:iam::\d{12}:user\/[\w+=,.@/-]+$/.test(arn) ? arn : undefined;
}

const operators = words.transform((arns, { addIssue }) =>
  arns.flatMap((arn) => {
    const owner = ownerOfArn(arn);
    if (owner !== undefined) return [owner];
    addIssue({
      code: 'custom',
      message:
        'must be the ARNs of IAM roles or users, like arn:aws:iam::123456789012:role/OnCall, without *',
    });
    return [];
  }),
);

/** Context that is about access, as `infra/context.ts` reads it. */
export const accessContext = {
  jwtIssuer: z
    .url({ protocol: /^https$/, error: 'must be the https URL that tokens name as their issuer' })
    .superRefine((url, { addIssue }) => {
      const problem = serverUrlProblem(url);
      if (problem !== undefined) addIssue({ code: 'custom', message: problem });
    })
    .optional(),
  jwtAudience: words.optional(),
  jwtScopes: words.refine((names) => names.every(isScopeText), notScopeText).optional(),
  jwtScopePrefix: z
    .string()
    .regex(/^\S*$/, 'must not have spaces')
    .refine(isScopeText, notScopeText)
    .optional(),
  ownership: z
    .literal(['true', 'false', true, false], 'must be true or false')
    .default(false)
    .transform((value) => String(value) === 'true'),
  operators: operators.optional(),
};

const parsed = z.object(accessContext);
type Parsed = z.infer<typeof parsed>;

/** What of these settings says nothing without another, as the setting's name and what is wrong. */
export function* accessProblems(given: Parsed): Generator<[name: keyof Parsed, problem: string]> {
  const { jwtIssuer, jwtAudience, jwtScopes, jwtScopePrefix, ownership } = given;
  if (jwtIssuer !== undefined && jwtAudience === undefined) {
    yield ['jwtAudience', 'is needed with jwtIssuer, or every token of that issuer would do'];
  }
  const forJwt = [jwtAudience, jwtScopes, jwtScopePrefix];
  if (jwtIssuer === undefined && forJwt.some((setting) => setting !== undefined)) {
    yield ['jwtIssuer', 'is needed with jwtAudience, jwtScopes and jwtScopePrefix'];
  }
  if (given.operators !== undefined && !ownership) {
    yield ['operators', 'means nothing without ownership=true: everybody sees everything'];
  }
  if (given.operators !== undefined && jwtIssuer !== undefined) {
    yield ['operators', 'is for IAM callers; of JWTs, those with the scope operate see everything'];
  }
}

export const accessOf = (given: Parsed): AccessSettings => ({
  jwt: jwtOf(given),
  ownership: given.ownership,
  operators: given.operators ?? [],
});

const defaultPrefix = 'rescind:';

/** `jwtScopes` alone open everything, as they did before there was a prefix. */
function jwtOf(given: Parsed): JwtSettings | undefined {
  const { jwtIssuer, jwtAudience, jwtScopes, jwtScopePrefix } = given;
  if (jwtIssuer === undefined || jwtAudience === undefined) return undefined;
  const prefix = jwtScopePrefix ?? (jwtScopes === undefined ? defaultPrefix : undefined);
  const namesOf = (scope: Scope) => [
    ...(prefix === undefined ? [] : [prefix + scope]),
    ...(jwtScopes ?? []),
  ];
  return {
    issuer: jwtIssuer,
    audience: jwtAudience,
    scopes: { submit: namesOf('submit'), read: namesOf('read'), operate: namesOf('operate') },
  };
}

/** The scopes that API Gateway asks a JWT for on a route: one of them; none takes any token. */
export const routeScopes = (names: readonly string[]): string[] =>
  names.includes(anyToken) ? [] : [...names];

/** What functions that answer callers are told of it, by variables of its environment. */
export const accessEnvironment = ({ jwt, ownership, operators }: AccessSettings) =>
  ({
    ...(jwt !== undefined && { RESCIND_JWT_SCOPES: JSON.stringify(jwt.scopes) }),
    RESCIND_OWNERSHIP: String(ownership),
    RESCIND_OPERATORS: operators.join(','),
  }) satisfies Partial<Record<keyof AccessConfig, string>>;
