import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';

/**
 * AWS clients as the functions use them. The SDK waits without end by default, so one lost answer
 * would cost a worker its whole invocation; here it costs a few seconds and a retry.
 */
export const awsSettings = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 2000, requestTimeout: 5000, throwOnRequestTimeout: true },
};

export const dynamoDb = (): DynamoDBClient => new DynamoDBClient(awsSettings);
export const secretsManager = (): SecretsManagerClient => new SecretsManagerClient(awsSettings);
export const sqs = (): SQSClient => new SQSClient(awsSettings);
