/** Where the tests pretend that the stack is deployed. */
export const account = '123456789012';
export const region = 'eu-west-1';

const arn = (service: string, resource: string): string =>
  `arn:aws:${service}:${region}:${account}:${resource}`;

export const queueArn = (name: string): string => arn('sqs', name);
export const topicArn = (name: string): string => arn('sns', name);
export const tableArn = (name: string): string => arn('dynamodb', `table/${name}`);
export const indexArn = (table: string, index: string): string =>
  `${tableArn(table)}/index/${index}`;
export const logStreamArn = (group: string): string => arn('logs', `log-group:${group}:*`);
export const functionArn = (name: string): string => arn('lambda', `function:${name}`);
export const keyArn = (name: string): string => arn('kms', `key/${name}`);
export const ruleArn = (name: string): string => arn('events', `rule/${name}`);
export const roleArn = (name: string): string => `arn:aws:iam::${account}:role/${name}`;

/** Secrets Manager ends a secret's ARN with six characters of its own. */
export const secretArn = (name: string): string => arn('secretsmanager', `secret:${name}-Ab12Cd`);
