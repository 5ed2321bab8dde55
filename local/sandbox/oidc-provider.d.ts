/** The part of oidc-provider that the sandbox uses; the package ships no types. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export interface Payload {
    readonly grantId?: string;
  }

  export interface Adapter {
    upsert(id: string, payload: Payload, expiresIn?: number): Promise<void>;
    find(id: string): Promise<Payload | undefined>;
    findByUid(uid: string): Promise<Payload | undefined>;
    findByUserCode(userCode: string): Promise<Payload | undefined>;
    consume(id: string): Promise<void>;
    destroy(id: string): Promise<void>;
    revokeByGrantId(grantId: string): Promise<void>;
  }

  export interface Client {
    readonly clientId: string;
  }

  export interface Token {
    readonly clientId: string;
    readonly grantId: string;
    readonly jti: string;
  }

  interface Model<Fields> {
    new (fields: Fields): { addOIDCScope(scope: string): void; save(): Promise<string> };
    find(id: string): Promise<Token | undefined>;
    readonly adapter: Adapter;
  }

  interface TokenFields {
    readonly client: Client;
    readonly accountId: string;
    readonly grantId: string;
    readonly gty: string;
    readonly scope: string;
    readonly exp?: number;
  }

  type Policy = (context: unknown, client: Client, token: Token) => boolean;

  export interface Configuration {
    readonly adapter: (model: string) => Adapter;
    readonly clients: readonly Readonly<Record<string, unknown>>[];
    readonly jwks: { readonly keys: readonly object[] };
    readonly cookies: { readonly keys: readonly string[] };
    readonly clockTolerance: number;
    readonly ttl: Readonly<Record<string, number>>;
    readonly features: {
      readonly devInteractions: { readonly enabled: boolean };
      readonly introspection: { readonly enabled: boolean; readonly allowedPolicy: Policy };
      readonly revocation: { readonly enabled: boolean; readonly allowedPolicy: Policy };
    };
  }

  export class Provider {
    constructor(issuer: string, configuration: Configuration);
    /** Koa's: keeps it from printing errors itself. */
    silent: boolean;
    readonly AccessToken: Model<TokenFields>;
    readonly RefreshToken: Model<TokenFields>;
    readonly Grant: Model<{ readonly clientId: string; readonly accountId: string }>;
    readonly Client: { find(id: string): Promise<Client | undefined> };
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  }

  export const errors: {
    readonly InvalidRequest: new (description: string) => Error;
  };
}
