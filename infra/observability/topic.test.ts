import { describe, expect, it } from 'vitest';
import { keyArn, topicArn } from '../testing/arns.ts';
import { synthesise } from '../testing/synthesis.ts';

const stack = await synthesise({ stage: 'dev', alarmEmail: 'on-call@example.com' });
const arn = topicArn('rescind-dev-alarms');

/** CloudWatch, when an alarm of this stage makes it act. */
const ofOurAlarms = {
  Principal: { Service: 'cloudwatch.amazonaws.com' },
  Condition: {
    StringEquals: { 'aws:SourceAccount': '123456789012' },
    ArnLike: {
      'aws:SourceArn': 'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:rescind-dev-*',
    },
  },
};

describe('the topic of the alarms', () => {
  it('mails them', () => {
    expect(stack.one('AWS::SNS::Subscription').properties).toMatchObject({
      Protocol: 'email',
      Endpoint: 'on-call@example.com',
      TopicArn: arn,
    });
  });

  it('takes messages of this stage’s alarms only, and none without TLS', () => {
    const { Topics, PolicyDocument } = stack.one('AWS::SNS::TopicPolicy').properties;
    expect(Topics).toEqual([arn]);
    expect(PolicyDocument).toMatchObject({
      Statement: [
        {
          Effect: 'Deny',
          Principal: '*',
          Condition: { Bool: { 'aws:SecureTransport': 'false' } },
        },
        { Effect: 'Allow', Action: 'sns:Publish', Resource: arn, ...ofOurAlarms },
      ],
    });
  });

  it('is encrypted with the stage’s key, which lets CloudWatch encrypt for it', () => {
    const { id, properties } = stack.one('AWS::KMS::Key');
    expect(stack.one('AWS::SNS::Topic').properties.KmsMasterKeyId).toBe(keyArn(id));
    expect(properties.KeyPolicy).toMatchObject({
      Statement: expect.arrayContaining([
        expect.objectContaining({
          Effect: 'Allow',
          Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
          ...ofOurAlarms,
        }),
      ]),
    });
  });

  it('is not there, nor CloudWatch let near the key, where nobody is to be mailed', async () => {
    const plain = await synthesise({ stage: 'dev' });
    expect(plain.all('AWS::SNS::Topic')).toEqual([]);
    expect(JSON.stringify(plain.one('AWS::KMS::Key'))).not.toContain('cloudwatch');
  });
});
