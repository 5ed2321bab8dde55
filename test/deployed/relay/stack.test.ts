import { rm } from 'node:fs/promises';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import cdk from '../../../cdk.json' with { type: 'json' };
import { RelayStack } from './stack.ts';

const secret = '0123456789abcdef0123456789abcdef';
let template: Template;

beforeAll(async () => {
  const app = new App({ context: cdk.context });
  const code = Code.fromInline('// not run');
  template = Template.fromStack(new RelayStack(app, 'rescind-e2e-relay', { code, secret }));
  await rm(app.outdir, { recursive: true });
});

describe('the relay', () => {
  it('answers under the secret and nowhere else', () => {
    template.resourceCountIs('AWS::ApiGatewayV2::Route', 1);
    template.hasResourceProperties('AWS::ApiGatewayV2::Route', {
      RouteKey: `ANY /${secret}/{proxy+}`,
    });
    template.resourceCountIs('AWS::Lambda::Url', 0);
  });

  it('has its secret in no name and no output, since CDK prints those', () => {
    const { Resources, Outputs } = template.toJSON();
    expect(JSON.stringify(Object.keys(Resources))).not.toContain(secret);
    expect(JSON.stringify(Outputs)).not.toContain(secret);
  });

  it('may send requests, look replies up and write its log', () => {
    const policies = Object.values(template.findResources('AWS::IAM::Policy'));
    const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    expect(statements.flatMap(({ Action }) => Action).sort()).toEqual([
      'dynamodb:GetItem',
      'logs:CreateLogStream',
      'logs:PutLogEvents',
      'sqs:SendMessage',
    ]);
    expect(statements.map(({ Resource }) => Resource)).not.toContain('*');
    template.allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() });
  });

  it('leaves nothing behind', () => {
    for (const type of ['AWS::SQS::Queue', 'AWS::DynamoDB::Table', 'AWS::Logs::LogGroup']) {
      template.resourceCountIs(type, 1);
      template.allResources(type, { DeletionPolicy: 'Delete' });
    }
  });

  it('takes its queue’s messages by TLS alone, and forgets them after a minute', () => {
    template.hasResourceProperties('AWS::SQS::Queue', { MessageRetentionPeriod: 60 });
    template.hasResourceProperties('AWS::SQS::QueuePolicy', {
      PolicyDocument: {
        Statement: [
          Match.objectLike({
            Effect: 'Deny',
            Principal: { AWS: '*' },
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ],
      },
    });
  });
});
