import type { SQSRecord } from 'aws-lambda';
import { messageText, type SliceMessage } from '../../shared/domain/slice.ts';

let messages = 0;

/** A message as SQS hands it to a function. */
export function sqsRecord(
  message: SliceMessage | string,
  { receives = 1, sentAt = Date.now() } = {},
): SQSRecord {
  messages += 1;
  return {
    messageId: `message-${messages}`,
    receiptHandle: `receipt-${messages}`,
    body: typeof message === 'string' ? message : messageText(message),
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: String(sentAt),
      SenderId: 'test',
      ApproximateFirstReceiveTimestamp: String(sentAt),
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:rescind-lane-test',
    awsRegion: 'us-east-1',
  };
}
