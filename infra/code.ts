import { copyFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { bundleFunctions, type FunctionName } from '../scripts/bundle.ts';

/** What each function is deployed as. */
export type FunctionCode = Readonly<Record<FunctionName, Code>>;

/** Where a function finds `providers.json` once it is deployed, beside its own code. */
export const deployedProvidersFile = 'providers.json';

/** Likewise `webhooks.json`. */
export const deployedWebhooksFile = 'webhooks.json';

/**
 * Bundles the functions as the embedded stack does, and makes each folder what Lambda gets: no
 * source maps, and `providers.json` for the functions that read it. The dead-letter function does
 * not, so a change of providers leaves it alone.
 *
 * @param directory a folder of our own: the embedded stack may be running from `dist/functions`
 */
export async function buildCode(
  directory: string,
  providersFile: string,
  webhooksFile?: string,
): Promise<FunctionCode> {
  const bundles = await bundleFunctions(directory);
  await Promise.all([
    ...Object.values(bundles).map((bundle) => removeSourceMaps(bundle.directory)),
    ...[bundles.api, bundles.webhook, bundles.worker, bundles.sweep].map((bundle) =>
      copyFile(providersFile, join(bundle.directory, deployedProvidersFile)),
    ),
    ...(webhooksFile === undefined
      ? []
      : [copyFile(webhooksFile, join(bundles.webhook.directory, deployedWebhooksFile))]),
  ]);
  return {
    api: Code.fromAsset(bundles.api.directory),
    webhook: Code.fromAsset(bundles.webhook.directory),
    worker: Code.fromAsset(bundles.worker.directory),
    'dead-letter': Code.fromAsset(bundles['dead-letter'].directory),
    'sealing-keys': Code.fromAsset(bundles['sealing-keys'].directory),
    sweep: Code.fromAsset(bundles.sweep.directory),
    completion: Code.fromAsset(bundles.completion.directory),
    report: Code.fromAsset(bundles.report.directory),
  };
}

async function removeSourceMaps(directory: string): Promise<void> {
  const files = await readdir(directory);
  const maps = files.filter((file) => file.endsWith('.map'));
  await Promise.all(maps.map((file) => rm(join(directory, file))));
}
