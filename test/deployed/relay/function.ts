import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyHandlerV2 } from 'aws-lambda';
import { exchange } from './exchange.ts';
import { answerOf, requestOf } from './messages.ts';

const meetingPoint = {
  sqs: new SQSClient(),
  dynamoDb: new DynamoDBClient(),
  queueUrl: process.env.RELAY_QUEUE_URL ?? '',
  tableName: process.env.RELAY_TABLE ?? '',
};

/** The relay's far end, a Lambda function: hands requests over, and answers with the replies. */
export const handler: APIGatewayProxyHandlerV2 = async (event) =>
  answerOf(await exchange(meetingPoint, requestOf(event, randomUUID(), Date.now())));
