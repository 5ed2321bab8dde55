/** The CDK app: `cdk synth`, `cdk deploy`. Settings come by context; see docs/deploying.md. */
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { loadCatalog } from '../shared/providers/catalog.ts';
import { ConfigurationFault } from '../shared/providers/faults.ts';
import { buildCode } from './code.ts';
import { ContextFault, readSettings } from './context.ts';
import { checkByNag } from './nag.ts';
import { RescindStack } from './stack.ts';

/** CloudFormation takes 500 resources a stack: a lane has 11, and everything else up to 70. */
const maximumLanes = 39;

const app = new App();
checkByNag(app);

try {
  const settings = readSettings(
    (name) => app.node.tryGetContext(name),
    Object.keys(app.node.getAllContext()),
  );
  const catalog = await loadCatalog(settings.providersFile);
  if (catalog.size > maximumLanes) {
    throw new ConfigurationFault(
      `${settings.providersFile} has ${catalog.size} providers, and one stage takes ${maximumLanes}: put the others into another stage`,
    );
  }
  const code = await buildCode(join(app.outdir, 'functions'), settings.providersFile);
  new RescindStack(app, settings.prefix, { settings, catalog, code });
  app.synth();
} catch (error) {
  if (!(error instanceof ContextFault || error instanceof ConfigurationFault)) throw error;
  // The reader is whoever wrote the configuration: a stack trace would only bury the message.
  console.error(`\n${error.message}\n`);
  process.exitCode = 1;
}
