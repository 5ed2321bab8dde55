/** What a caller may be allowed to do. Every route but health asks for one of these. */
export const scopes = ['submit', 'read', 'operate'] as const;

/**
 * `submit`: hand in tokens to revoke. `read`: see what became of them, and the providers and the
 * ledger. `operate`: send parked jobs again, or abandon them.
 */
export type Scope = (typeof scopes)[number];

export const isScope = (text: string): text is Scope => scopes.some((scope) => scope === text);

/** What an issuer's tokens call each scope: any one of the names will do. */
export type ScopeNames = Readonly<Record<Scope, readonly string[]>>;

/** The name that stands for every token of the audience, whatever its scopes. */
export const anyToken = '*';
