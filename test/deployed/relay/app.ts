/** The CDK app of the relay's stack; relay.ts deploys it. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { build } from 'esbuild';
import { readSettings } from '../../../infra/context.ts';
import { RelayStack } from './stack.ts';

const app = new App();
const { prefix } = readSettings((name) => app.node.tryGetContext(name));
const secret = process.env.RELAY_SECRET;
if (secret === undefined) throw new Error('RELAY_SECRET is not set: run npm run test:deployed');
const directory = join(app.outdir, 'relay');
await build({
  entryPoints: [fileURLToPath(new URL('./function.ts', import.meta.url))],
  outfile: join(directory, 'index.mjs'),
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  logLevel: 'warning',
  banner: {
    js: "import { createRequire } from 'node:module';const require = createRequire(import.meta.url);",
  },
});
new RelayStack(app, `${prefix}-relay`, { secret, code: Code.fromAsset(directory) });
app.synth();
