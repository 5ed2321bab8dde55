import type { Context } from '../context.ts';
import { type Api, createApi } from './api.ts';
import { authorizeBy } from './authorize.ts';
import type { Setback } from './retry.ts';
import { findTarget, type TargetOptions } from './target.ts';

/** Seconds that a person is kept waiting for one answer before they are told. */
const patience = 30;

/** What a command may want otherwise. */
export interface ConnectOptions {
  readonly patience?: number;
  readonly onSetback?: (setback: Setback, seconds: number) => void;
}

/** @throws UsageFault when it is not known where the API is */
export async function connect(
  values: TargetOptions,
  context: Context,
  options: ConnectOptions = {},
): Promise<Api & { readonly url: string }> {
  const { url, credentials } = await findTarget(values, context.env);
  const authorize = authorizeBy(credentials);
  return { url, ...createApi({ url, authorize, signal: context.signal, patience, ...options }) };
}
