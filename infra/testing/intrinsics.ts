import * as z from 'zod';
import {
  account,
  functionArn,
  keyArn,
  logStreamArn,
  queueArn,
  region,
  roleArn,
  ruleArn,
  secretArn,
  tableArn,
  topicArn,
} from './arns.ts';

/** A resource of a template, its properties as plain values. */
export interface Resource {
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly deletionPolicy: string | undefined;
}

export type RawResources = Readonly<
  Record<string, { Type: string; Properties: Record<string, unknown> }>
>;

const intrinsic = z.union([
  z.strictObject({ Ref: z.string() }),
  z.strictObject({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) }),
  z.strictObject({ 'Fn::Join': z.tuple([z.string(), z.array(z.unknown())]) }),
  z.strictObject({ 'Fn::Select': z.tuple([z.coerce.number(), z.unknown()]) }),
  z.strictObject({ 'Fn::Split': z.tuple([z.string(), z.unknown()]) }),
  z.strictObject({ 'Fn::Sub': z.string() }),
]);

const pseudoParameters: Readonly<Record<string, string>> = {
  'AWS::AccountId': account,
  'AWS::Partition': 'aws',
  'AWS::Region': region,
  'AWS::URLSuffix': 'amazonaws.com',
};

/**
 * Turns a template's intrinsic functions into the values that CloudFormation would give them, with
 * logical ids for the names that it would invent. Fails on what it does not know.
 */
export function resolve(value: unknown, resources: RawResources): unknown {
  if (Array.isArray(value)) return value.map((each) => resolve(each, resources));
  if (typeof value !== 'object' || value === null) return value;
  const call = intrinsic.safeParse(value).data;
  if (call === undefined) {
    const [name = '', ...others] = Object.keys(value);
    if (others.length === 0 && /^(Ref|Fn::)/.test(name)) throw new Error(`cannot resolve ${name}`);
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, resolve(each, resources)]),
    );
  }
  if ('Ref' in call) return pseudoParameters[call.Ref] ?? reference(call.Ref, resources);
  if ('Fn::GetAtt' in call) return attribute(...call['Fn::GetAtt'], resources);
  if ('Fn::Join' in call) {
    const [separator, parts] = call['Fn::Join'];
    return z.array(z.string()).parse(resolve(parts, resources)).join(separator);
  }
  if ('Fn::Select' in call) {
    const [index, list] = call['Fn::Select'];
    return z.array(z.string()).parse(resolve(list, resources))[index];
  }
  if ('Fn::Split' in call) {
    const [separator, text] = call['Fn::Split'];
    return z.string().parse(resolve(text, resources)).split(separator);
  }
  return call['Fn::Sub'].replaceAll(/\$\{([^}]+)\}/g, (_, name: string) =>
    String(resolve({ Ref: name }, resources)),
  );
}

function nameOf(id: string, resources: RawResources): string {
  const { QueueName, TopicName, Name } = resources[id]?.Properties ?? {};
  return z.string().parse(QueueName ?? TopicName ?? Name ?? id);
}

const references: Readonly<Record<string, (name: string) => string>> = {
  'AWS::SecretsManager::Secret': secretArn,
  'AWS::SNS::Topic': topicArn,
  'AWS::SQS::Queue': (name) => `https://sqs.${region}.amazonaws.com/${account}/${name}`,
};

const reference = (id: string, resources: RawResources): string => {
  const refer = references[resources[id]?.Type ?? 'nothing'];
  return refer === undefined ? id : refer(nameOf(id, resources));
};

const arns: Readonly<Record<string, (name: string) => string>> = {
  'AWS::DynamoDB::Table': tableArn,
  'AWS::Events::Rule': ruleArn,
  'AWS::IAM::Role': roleArn,
  'AWS::KMS::Key': keyArn,
  'AWS::Lambda::Function': functionArn,
  'AWS::Logs::LogGroup': logStreamArn,
  'AWS::SQS::Queue': queueArn,
};

function attribute(id: string, name: string, resources: RawResources): string {
  const type = resources[id]?.Type ?? 'nothing';
  const arn = arns[type];
  if (name === 'Arn' && arn !== undefined) return arn(nameOf(id, resources));
  if (name === 'QueueName' || name === 'TopicName') return nameOf(id, resources);
  if (name === 'ApiEndpoint') return `https://${id}.execute-api.${region}.amazonaws.com`;
  throw new Error(`cannot resolve ${name} of a ${type}`);
}
