import { genauth } from './genauth.ts';
import type { SandboxDefinition } from './model.ts';
import { mollie } from './mollie.ts';
import { nylas } from './nylas.ts';
import { rfc7009 } from './oidc.ts';
import { polar } from './polar.ts';
import type { Sandbox, SandboxKind, SandboxOptions } from './sandbox.ts';
import { createSandbox } from './server.ts';

export type { Faults } from './faults.ts';
export type { Behaviours, ProviderEntry, Sandbox, SandboxKind, SandboxOptions } from './sandbox.ts';
export type { SandboxStatistics } from './statistics.ts';
export type { IssuedToken, IssueRequest, TokenType } from './tokens.ts';

const definitions: Readonly<Record<SandboxKind, SandboxDefinition>> = {
  nylas,
  polar,
  genauth,
  mollie,
  rfc7009,
};

export const sandboxKinds: readonly SandboxKind[] = [
  'nylas',
  'polar',
  'genauth',
  'mollie',
  'rfc7009',
];

export const isSandboxKind = (text: string): text is SandboxKind =>
  Object.hasOwn(definitions, text);

/** Starts a provider of that kind on 127.0.0.1. Close it, or declare it with `await using`. */
export const startSandbox = <Kind extends SandboxKind>(
  kind: Kind,
  options: SandboxOptions<Kind> = {},
): Promise<Sandbox<Kind>> => createSandbox(kind, definitions[kind], options);
