/** The CDK app: `cdk synth`, `cdk deploy`. Settings come by context; see docs/deploying.md. */
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { loadCatalog } from '../shared/providers/catalog.ts';
import { ConfigurationFault } from '../shared/providers/faults.ts';
import { loadSources } from '../shared/webhooks/sources.ts';
import { buildCode } from './code.ts';
import { ContextFault, readSettings } from './context.ts';
import { checkByNag } from './nag.ts';
import { RescindStack } from './stack.ts';

/**
 * CloudFormation takes 500 resources a stack: a lane has 11, a source of webhooks up to 2 besides the 9
 * of their function, and everything else up to 70.
 */
const maximumLanes = (sources: number): number =>
  Math.floor((500 - 70 - (sources > 0 ? 9 + 2 * sources : 0)) / 11);

/** Synthesis asks no sender for its keys. */
const fetchNothing = () => Promise.reject(new Error('not at synthesis'));

const app = new App();
checkByNag(app);

try {
  const settings = readSettings(
    (name) => app.node.tryGetContext(name),
    Object.keys(app.node.getAllContext()),
  );
  const catalog = await loadCatalog(settings.providersFile);
  const { providersFile, webhooksFile } = settings;
  const sources =
    webhooksFile === undefined
      ? new Map<never, never>()
      : await loadSources(webhooksFile, catalog, fetchNothing);
  const most = maximumLanes(sources.size);
  if (catalog.size > most) {
    throw new ConfigurationFault(
      `${providersFile} has ${catalog.size} providers, and one stage takes ${most}: put the others into another stage`,
    );
  }
  const code = await buildCode(join(app.outdir, 'functions'), providersFile, webhooksFile);
  new RescindStack(app, settings.prefix, { settings, catalog, sources, code });
  app.synth();
} catch (error) {
  if (!(error instanceof ContextFault || error instanceof ConfigurationFault)) throw error;
  // The reader is whoever wrote the configuration: a stack trace would only bury the message.
  console.error(`\n${error.message}\n`);
  process.exitCode = 1;
}
