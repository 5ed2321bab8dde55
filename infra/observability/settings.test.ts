import { describe, expect, it } from 'vitest';
import { ContextFault, readSettings } from '../context.ts';

const read = (values: Record<string, unknown>) =>
  readSettings((name) => ({ stage: 'dev', ...values })[name]);

const topicArn = 'arn:aws:sns:eu-west-1:123456789012:on-call';

describe('the context', () => {
  it('may name whom the alarms tell: a person, a topic, or both', () => {
    expect(read({ alarmEmail: 'on-call@example.com' }).alarms).toEqual({
      email: 'on-call@example.com',
    });
    expect(read({ alarmEmail: 'on-call@example.com', alarmTopicArn: topicArn }).alarms).toEqual({
      email: 'on-call@example.com',
      topicArn,
    });
    const china = 'arn:aws-cn:sns:cn-north-1:123456789012:Rescind_alarms';
    expect(read({ alarmTopicArn: china }).alarms.topicArn).toBe(china);
  });

  it.each([
    ['true', true],
    ['false', false],
    // cdk.json may say it without quotes.
    [true, true],
    [false, false],
  ])('may switch tracing: %j', (tracing, switched) => {
    expect(read({ tracing }).tracing).toBe(switched);
  });

  it('may add tags to those that every stage has', () => {
    expect(read({ tags: 'owner=platform, cost-center = 47=11,' }).tags).toEqual({
      owner: 'platform',
      'cost-center': '47=11',
      app: 'rescind',
      'rescind:stage': 'dev',
    });
  });

  it.each([
    [{ alarmEmail: 'on-call' }, /alarmEmail must be an e-mail address/],
    [{ alarmTopicArn: 'on-call' }, /alarmTopicArn must be the ARN of a standard SNS topic, like/],
    [{ alarmTopicArn: 'arn:aws:sqs:eu-west-1:123456789012:on-call' }, /alarmTopicArn must be/],
    [{ alarmTopicArn: `${topicArn}.fifo` }, /CloudWatch takes no FIFO topic/],
    [{ alarmTopicArn: `${topicArn}:subscription` }, /alarmTopicArn must be/],
    [{ tracing: 'on' }, /tracing must be true or false/],
    [{ tags: 'owner' }, /tags must be pairs like owner=platform,cost-center=4711/],
    [{ tags: 'owner=' }, /tags must be pairs/],
    [{ tags: '=platform' }, /tags must be pairs/],
    [{ tags: 'owner=a,owner=b' }, /tags must name each key once/],
    [{ tags: 'AWS:owner=a' }, /tags must not begin with aws:/],
    [{ tags: 'app=mine' }, /tags must not name app, which every stage has already/],
    [{ tags: 'owner=a;b' }, /tags must be made of letters, digits, spaces and/],
    [{ tags: `${'k'.repeat(129)}=a` }, /tags must have keys of at most 128/],
    [
      { tags: Array.from({ length: 41 }, (_, nth) => `k${nth}=v`).join() },
      /tags must be at most 40/,
    ],
  ])('is refused at synth where it makes no sense: %j', (values, message) => {
    const refused = () => read(values);
    expect(refused).toThrow(ContextFault);
    expect(refused).toThrow(message);
    expect(refused).toThrow(/Give it with -c name=value, or in cdk.json\.$/);
  });
});
