import { type Context, warn } from '../context.ts';
import { type Api, createApi } from './api.ts';
import { authorizeBy } from './authorize.ts';
import { createNotice } from './notice.ts';
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
  const notice = createNotice((text) => void warn(context, text));
  const { signal } = context;
  return { url, ...createApi({ url, authorize, signal, patience, notice, ...options }) };
}
