/**
 * The state machine as a CDK app of its own:
 *
 *     npx cdk deploy --app 'npx node docs/recipes/user-deletion/app.ts' -c rescindApi=API-ID
 *       -c deleteAccountFunction=ARN [-c onCallEmail=ADDRESS]
 */
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { createStack } from './stack.ts';

const app = new App();
const context = (name: string): string => {
  const value: unknown = app.node.tryGetContext(name);
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`-c ${name}=… is missing`);
};
const email: unknown = app.node.tryGetContext('onCallEmail');
createStack(app, {
  definitionFile: fileURLToPath(new URL('./state-machine.asl.json', import.meta.url)),
  rescindApi: context('rescindApi'),
  deleteAccountFunction: context('deleteAccountFunction'),
  onCallEmail: typeof email === 'string' ? email : undefined,
});
