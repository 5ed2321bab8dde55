import * as z from 'zod';

/**
 * What a sandbox has issued and what is left of it.
 *
 * Tokens come as authorizations: one refresh token and the access tokens made with it. Most
 * sandboxes issue pairs (one access token each).
 */

export const tokenTypes = ['access_token', 'refresh_token'] as const;
export type TokenType = (typeof tokenTypes)[number];

/** What to issue. */
export const issueRequest = z.strictObject({
  count: z.number().int().min(1).max(200_000).default(1),
  /** Which half of each pair is asked for; the other comes as `pair`. */
  type: z.enum(tokenTypes).default('access_token'),
  /** Revoked before they are handed out. */
  dead: z.boolean().default(false),
  /** Issued to another client of the same server. */
  foreign: z.boolean().default(false),
  /** Life of the access tokens; 0 gives expired ones. Refresh tokens do not expire. */
  expiresInSeconds: z.number().min(0).default(3600),
  /** Access tokens that share one refresh token. */
  accessTokensPerGrant: z.number().int().min(1).max(1000).default(1),
});
export type IssueRequest = z.input<typeof issueRequest>;
export type IssueOrder = z.output<typeof issueRequest>;

/** A token as handed out. */
export interface IssuedToken {
  readonly token: string;
  readonly type: TokenType;
  /** The other half: a token's refresh token, or a refresh token's first access token. */
  readonly pair: string;
  /** The further access tokens of the same authorization, where there are any. */
  readonly siblings?: readonly string[];
}

/** What belongs together: one user's consent to one client. */
export interface Authorization {
  readonly clientId: string;
  readonly subject: string;
  readonly issuedAt: number;
  readonly refresh: StoredToken;
  readonly access: readonly StoredToken[];
}

export interface StoredToken {
  readonly value: string;
  readonly type: TokenType;
  readonly authorization: Authorization;
  /** Milliseconds since the epoch; infinite for refresh tokens. */
  readonly expiresAt: number;
  revoked: boolean;
}

/** Makes a token's text in the provider's own format. */
export type Mint = (
  token: Pick<StoredToken, 'type' | 'expiresAt'> &
    Pick<Authorization, 'clientId' | 'subject' | 'issuedAt'>,
) => string;

/** Tokens in memory, never evicted: a bulk test holds 100,000 of them. */
export class TokenStore {
  readonly #tokens = new Map<string, StoredToken>();
  readonly #mint: Mint;
  #subjects = 0;

  constructor(mint: Mint) {
    this.#mint = mint;
  }

  issue(order: IssueOrder, clientId: string): IssuedToken[] {
    const issued: IssuedToken[] = [];
    while (issued.length < order.count) {
      const { refresh, access } = this.#authorize(order, clientId);
      if (order.dead) for (const token of [refresh, ...access]) token.revoked = true;
      const values = access.map(({ value }) => value);
      issued.push(...handOut(order.type, refresh.value, values));
    }
    return issued.slice(0, order.count);
  }

  /** The token of that text, dead or alive; with a type, only a token of that type. */
  find(value: string, type?: TokenType): StoredToken | undefined {
    const token = this.#tokens.get(value);
    return type === undefined || token?.type === type ? token : undefined;
  }

  isAlive(value: string): boolean {
    const token = this.#tokens.get(value);
    return token !== undefined && isLive(token);
  }

  #authorize(order: IssueOrder, clientId: string): Authorization {
    this.#subjects += 1;
    const issuedAt = Date.now();
    const owner = { clientId, subject: `user-${this.#subjects}`, issuedAt };
    const access: StoredToken[] = [];
    const store = (type: TokenType, expiresAt: number): StoredToken => {
      const value = this.#mint({ type, expiresAt, ...owner });
      const token: StoredToken = {
        value,
        type,
        expiresAt,
        revoked: false,
        get authorization() {
          return authorization;
        },
      };
      this.#tokens.set(value, token);
      return token;
    };
    const authorization: Authorization = {
      ...owner,
      refresh: store('refresh_token', Number.POSITIVE_INFINITY),
      access,
    };
    for (let made = 0; made < order.accessTokensPerGrant; made += 1) {
      access.push(store('access_token', issuedAt + order.expiresInSeconds * 1000));
    }
    return authorization;
  }
}

export const isLive = (token: StoredToken): boolean =>
  !token.revoked && Date.now() < token.expiresAt;

/** Kills every token of an authorization. */
export function revokeAll({ refresh, access }: Authorization): void {
  for (const token of [refresh, ...access]) token.revoked = true;
}

/** One authorization's tokens of a type, each with the other half it came with. */
export function handOut(
  type: TokenType,
  refresh: string,
  access: readonly string[],
): readonly IssuedToken[] {
  const asked = type === 'refresh_token' ? [refresh] : access;
  return asked.map((token) => {
    const pair = type === 'refresh_token' ? (access[0] ?? '') : refresh;
    const siblings = access.filter((other) => other !== token && other !== pair);
    return { token, type, pair, ...(siblings.length > 0 ? { siblings } : {}) };
  });
}
