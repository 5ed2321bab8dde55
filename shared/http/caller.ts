import * as z from 'zod';
import { Problem } from './problem.ts';
import { anyToken, isScope, type Scope, type ScopeNames, scopes } from './scope.ts';

/** Who is calling, and what they may do. */
export interface Caller {
  /** One line for the record: an ARN, `jwt:` and a subject, or `local` and a key's name. */
  readonly name: string;
  /** Who owns what this caller asks for, see `ownerOf`. */
  readonly owner: string;
  readonly scopes: ReadonlySet<Scope>;
}

const name = z.string().min(1);

/**
 * API Gateway hands a claim on as a string, and a list of them as `[a b]`.
 * RFC 6749 separates scopes by spaces; others make a list of them.
 */
const scopeClaim = z
  .union([z.string(), z.array(z.string())])
  .transform((claim) =>
    typeof claim !== 'string'
      ? claim
      : /^\[.*\]$/s.test(claim)
        ? claim.slice(1, -1).split(/[\s,]+/)
        : claim.split(/\s+/),
  )
  .default([]);

/** What API Gateway's authorizers say of a caller. The embedded stack speaks as a Lambda authorizer. */
const authorizer = z.union([
  z.object({ iam: z.object({ userArn: name }) }),
  z.object({
    jwt: z.object({ claims: z.object({ sub: name, scope: scopeClaim, scp: scopeClaim }) }),
  }),
  z.object({ lambda: z.object({ principalId: name, scopes: z.string().default('') }) }),
]);

/**
 * @param requestContext of the event
 * @param route the scope that the called route asks for. IAM decides by route, so whoever comes by
 * it has this scope, and nothing more is known
 * @param jwtScopes names of the scopes in JWTs
 * @throws Problem `unauthenticated` where nobody is named: such a caller could not be held to anything
 */
export function callerOf(requestContext: unknown, route: Scope, jwtScopes: ScopeNames): Caller {
  const { data } = z.object({ authorizer }).safeParse(requestContext);
  if (data === undefined) {
    throw new Problem(
      'unauthenticated',
      'The credentials name nobody. Sign with IAM credentials, or send a token that has a subject (sub).',
      { headers: { 'www-authenticate': 'Bearer' } },
    );
  }
  const known = data.authorizer;
  if ('iam' in known) return caller(known.iam.userArn, [route]);
  if ('lambda' in known) {
    const { principalId, scopes: granted } = known.lambda;
    return caller(principalId, granted.split(' ').filter(isScope));
  }
  const { sub, scope, scp } = known.jwt.claims;
  const given = new Set([anyToken, ...scope, ...scp]);
  const granted = scopes.filter((each) => jwtScopes[each].some((one) => given.has(one)));
  return caller(`jwt:${sub}`, granted);
}

const caller = (name: string, granted: readonly Scope[]): Caller => ({
  name,
  owner: ownerOf(name),
  scopes: new Set(granted),
});

/**
 * Who owns what a caller of this name has asked for: the caller; but of an assumed role, the role.
 * Its sessions have names that whoever assumes it chooses, and that change from one to the next.
 */
export const ownerOf = (name: string): string =>
  /^(arn:[^:]+:sts::\d+:assumed-role\/[^/]+)\/.+$/s.exec(name)?.[1] ?? name;
