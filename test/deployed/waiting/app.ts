/** The CDK app of what waits for completions; main.ts deploys it. */
import { App } from 'aws-cdk-lib';
import { readSettings } from '../../../infra/context.ts';
import { WaitingStack } from './stack.ts';

const app = new App();
const { prefix } = readSettings((name) => app.node.tryGetContext(name));
new WaitingStack(app, `${prefix}-waiting`);
app.synth();
