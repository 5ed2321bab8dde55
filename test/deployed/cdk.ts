import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { run } from './run.ts';

/** A CDK app that is deployed for a test run. Plain data: it travels from process to process. */
export interface CdkApp {
  /** The command that synthesises it; that of `cdk.json` by default. */
  readonly app?: string;
  readonly context: Readonly<Record<string, string>>;
  /** Variables that it needs besides the environment's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where CDK writes what it makes. */
  readonly directory: string;
}

/** Runs the ordinary CDK command line for an app. @throws Error when it fails */
export const cdk = ({ app, context, env, directory }: CdkApp, ...args: string[]) =>
  run(
    'cdk',
    [
      ...args,
      ...(app === undefined ? [] : ['--app', app]),
      ...Object.entries(context).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      ...['--output', join(directory, 'cdk.out'), '--ci'],
    ],
    {
      env: { ...process.env, ...env },
      // Hundreds of lines of progress are for somebody who watches, not for a log.
      quiet: !process.stdout.isTTY,
    },
  );

/**
 * Bootstraps the environment, where that has not been done, and deploys an app.
 *
 * @returns the outputs of that stack
 */
export async function deploy<Outputs>(
  app: CdkApp,
  stack: string,
  outputs: z.ZodType<Outputs>,
): Promise<Outputs> {
  const file = join(app.directory, `${stack}.json`);
  await cdk(app, 'bootstrap');
  await cdk(app, 'deploy', '--require-approval', 'never', '--outputs-file', file);
  const stacks = z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(file, 'utf8')));
  return outputs.parse(stacks[stack]);
}

export async function destroy(app: CdkApp): Promise<void> {
  await cdk(app, 'destroy', '--force');
}
