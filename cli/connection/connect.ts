import { type Context, hint } from '../context.ts';
import { type Api, createApi } from './api.ts';
import { authorizeBy } from './authorize.ts';
import type { Setback } from './retry.ts';
import { findTarget, type TargetOptions } from './target.ts';

/** Seconds that a person is kept waiting for one answer before they are told. */
const patience = 30;

/** What a command may want otherwise. */
export interface ConnectOptions {
  readonly patience?: number;
}

/** @throws UsageFault when it is not known where the API is; CliFault when it has stopped */
export async function connect(
  values: TargetOptions,
  context: Context,
  options: ConnectOptions = {},
): Promise<Api & { readonly url: string }> {
  const { url, credentials } = await findTarget(values, context.env);
  const authorize = authorizeBy(credentials);
  const onSetback = ({ what }: Setback, seconds: number) => {
    // The short waits are over before anybody has read of them.
    if (seconds >= 2) void hint(context, `${what}; next try in ${Math.ceil(seconds)} s`);
  };
  const { signal } = context;
  return { url, ...createApi({ url, authorize, signal, patience, onSetback, ...options }) };
}
