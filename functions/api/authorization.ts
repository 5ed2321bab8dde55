import type { AccessConfig } from '../../shared/config.ts';
import { type Caller, callerOf, ownerOf } from '../../shared/http/caller.ts';
import { Problem } from '../../shared/http/problem.ts';
import type { Scope, ScopeNames } from '../../shared/http/scope.ts';

/** Who may do and see what. */
export interface Access {
  /** What JWTs call the scopes. */
  readonly jwtScopes: ScopeNames;
  /** Whether callers see only the revocations that they have asked for themselves. */
  readonly ownership: boolean;
  /** Owners, as `ownerOf` has them, that see everybody's all the same. */
  readonly operators: ReadonlySet<string>;
}

/** Who may do and see what by a function's environment. */
export const accessOf = (config: AccessConfig): Access => ({
  jwtScopes: config.RESCIND_JWT_SCOPES,
  ownership: config.RESCIND_OWNERSHIP,
  operators: new Set(config.RESCIND_OPERATORS),
});

/**
 * The caller of a route, if it may call it. API Gateway has looked at all this before; a route that
 * were attached without its authorizer must not be an open door.
 *
 * @throws Problem `unauthenticated`, or `forbidden` naming the scope that it takes
 */
export function admit(requestContext: unknown, scope: Scope, { jwtScopes }: Access): Caller {
  const caller = callerOf(requestContext, scope, jwtScopes);
  if (caller.scopes.has(scope)) return caller;
  const [name = scope] = caller.name.startsWith('jwt:') ? jwtScopes[scope] : [];
  // RFC 6750, section 3.1.
  const challenge = `Bearer error="insufficient_scope", scope="${name}"`;
  throw new Problem(
    'forbidden',
    `This takes the scope ${name}, which your credentials do not have. Ask whoever gave them to you for it.`,
    { headers: { 'www-authenticate': challenge } },
  );
}

/**
 * Tells by who asked for a revocation whether a caller may see it. Whoever may operate sees
 * everything: parked jobs are an operator's business, whoever had them parked.
 */
export const visibleTo =
  ({ owner, scopes }: Caller, { ownership, operators }: Access) =>
  (requestedBy: string): boolean =>
    !ownership || scopes.has('operate') || operators.has(owner) || ownerOf(requestedBy) === owner;

/** Whose names a caller's names for things are; undefined where everybody shares them. */
export const ownerIn = (
  { owner }: Caller,
  { ownership }: Pick<Access, 'ownership'>,
): string | undefined => (ownership ? owner : undefined);
