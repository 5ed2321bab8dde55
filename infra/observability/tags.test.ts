import { expect, it } from 'vitest';
import { synthesise } from '../testing/synthesis.ts';

/** What AWS lets nobody tag. */
const untaggable = new Set([
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::KMS::Alias',
  'AWS::Lambda::Permission',
  'AWS::SNS::Subscription',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
]);

it('every resource that takes tags has those of its stage and the configured ones', async () => {
  const stack = await synthesise({
    stage: 'dev',
    alarmEmail: 'on-call@example.com',
    tracing: 'true',
    tags: 'owner=platform',
  });
  const expected = { app: 'rescind', 'rescind:stage': 'dev', owner: 'platform' };
  const list = Object.entries(expected).map(([Key, Value]) => ({ Key, Value }));
  for (const { id, type, properties } of stack.resources) {
    if (untaggable.has(type)) continue;
    const { Tags } = properties;
    if (Array.isArray(Tags)) expect(Tags, id).toEqual(expect.arrayContaining(list));
    else expect(Tags, id).toMatchObject(expected);
  }
});
