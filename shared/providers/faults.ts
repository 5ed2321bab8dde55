import type * as z from 'zod';
import type { Verdict } from '../domain/verdict.ts';

/**
 * `providers.json` does not make sense. Raised at start or synth where it can be seen there, and
 * on connecting where only the provider could tell.
 */
export class ConfigurationFault extends Error {
  override readonly name = 'ConfigurationFault';
}

/** A provider's secret is missing or does not fit its schema. Pauses the lane. */
export class SecretFault extends Error {
  override readonly name = 'SecretFault';
}

/** Why no answer came. Holds a code only: fetch's own messages may quote the URL. */
export class TransportFault extends Error {
  override readonly name = 'TransportFault';
  readonly code: string;

  constructor(code: string) {
    super(`no answer: ${code}`);
    this.code = code;
  }
}

/** A call was never made: the lane has no slot for it now. Says nothing about the provider. */
export class HeldBack extends TransportFault {
  constructor() {
    super('its lane has no room for the call');
  }
}

/**
 * The provider answered while being connected to, but could not serve: no job has been sent, and
 * each of them is to be treated as if its own call had met this verdict.
 */
export class ConnectFault extends Error {
  override readonly name = 'ConnectFault';
  readonly verdict: Extract<Verdict, { kind: 'throttled' | 'unavailable' }>;

  constructor(verdict: ConnectFault['verdict']) {
    super(`the provider is ${verdict.kind}: ${verdict.detail}`);
    this.verdict = verdict;
  }
}

/** Every issue as `path: message`, joined. Zod's messages name expectations, never values. */
export function describeIssues(error: z.ZodError, prefix: string): string {
  return error.issues
    .map((issue) => {
      const path = [prefix, ...issue.path.map(String)].filter((step) => step !== '').join('.');
      return path === '' ? issue.message : `${path}: ${issue.message}`;
    })
    .join('; ');
}
