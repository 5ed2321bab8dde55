import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { Settings } from '../context.ts';
import type { StageKey } from '../key.ts';

/**
 * A topic that mails what this stage's alarms say, and takes messages from nobody else.
 *
 * CloudWatch needs to be let in twice: a topic with a policy of its own loses the default one, and
 * what it publishes it must be able to encrypt.
 */
export function createAlarmTopic(
  scope: Construct,
  email: string,
  { prefix, stage }: Settings,
  { key }: StageKey,
): Topic {
  const topic = new Topic(scope, 'Topic', {
    topicName: `${prefix}-alarms`,
    displayName: `Rescind ${stage}`,
    enforceSSL: true,
    masterKey: key,
  });
  topic.addSubscription(new EmailSubscription(email));
  const { account, partition, region } = Stack.of(scope);
  const allowAlarms = (actions: string[], resources: string[]) =>
    new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions,
      resources,
      conditions: {
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: {
          'aws:SourceArn': `arn:${partition}:cloudwatch:${region}:${account}:alarm:${prefix}-*`,
        },
      },
    });
  topic.addToResourcePolicy(allowAlarms(['sns:Publish'], [topic.topicArn]));
  key.addToResourcePolicy(allowAlarms(['kms:Decrypt', 'kms:GenerateDataKey*'], ['*']));
  return topic;
}
