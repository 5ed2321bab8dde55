/** What AWS asks in us-east-1, without free tiers, volume tiers or savings plans. */
export interface Price {
  /** US dollars for `per` units. */
  readonly dollars: number;
  readonly per: number;
  readonly unit: string;
  /** Where the figure was read. */
  readonly source: string;
  /** Whether that is AWS itself; its pricing pages mostly fill their figures in by script. */
  readonly firstHand: boolean;
}

/** When all of them were read. */
export const pricesSeen = '2026-11-21';

const million = 1_000_000;

const awsHttpApi =
  'https://docs.aws.amazon.com/whitepapers/latest/best-practices-api-gateway-private-apis-integration/cost-optimization.html';
const awsKms = 'https://aws.amazon.com/kms/pricing/';
const lambdaPage =
  'https://raw.githubusercontent.com/api-evangelist/aws-lambda/refs/heads/main/plans/aws-lambda-plans-pricing.yml';
const lambdaArm = 'https://cloudchipr.com/blog/aws-lambda-pricing';
const sqs = 'https://cloudburn.io/blog/amazon-sqs-pricing';
const dynamoDb = 'https://airbyte.com/data-engineering-resources/dynamodb-pricing';
const dynamoDbStorage = 'https://gist.github.com/bahrmichael/94e01d26dc21b9b7156d7d27b1b9e16e';
const dynamoDbBackup = 'quoted by others from https://aws.amazon.com/dynamodb/pricing/on-demand/';
const secretsManager =
  'https://raw.githubusercontent.com/api-evangelist/amazon-secrets-manager/refs/heads/main/plans/amazon-secrets-manager-plans-pricing.yml';
const kmsRequests = 'https://www.wring.co/blog/aws-kms-pricing-guide';
const logs = 'https://c3x.dev/blog/cloudwatch-logs-cost-optimization';
const metrics = 'https://signoz.io/guides/cloudwatch-pricing';
const alarms = 'https://c3x.dev/resources/aws/aws_cloudwatch_metric_alarm';
const dashboards =
  'https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/';

const price = (
  dollars: number,
  per: number,
  unit: string,
  source: string,
  firstHand = false,
): Price => ({ dollars, per, unit, source, firstHand });

export const prices = {
  apiRequest: price(1, million, 'HTTP API requests', awsHttpApi, true),
  lambdaRequest: price(0.2, million, 'Lambda invocations', lambdaPage),
  lambdaGbSecond: price(0.0000133334, 1, 'Lambda GB-second, arm64', lambdaArm),
  sqsRequest: price(0.4, million, 'SQS requests of 64 KiB', sqs),
  sqsFairRequest: price(0.5, million, 'the same of messages with a group', sqs),
  writeUnit: price(0.625, million, 'DynamoDB write units, on demand', dynamoDb),
  readUnit: price(0.125, million, 'DynamoDB read units, on demand', dynamoDb),
  tableStorage: price(0.25, 1, 'GB-month of DynamoDB table', dynamoDbStorage),
  tableBackup: price(0.2, 1, 'the same of point-in-time recovery', dynamoDbBackup),
  secret: price(0.4, 1, 'secret, a month', secretsManager),
  secretRead: price(0.05, 10_000, 'Secrets Manager calls', secretsManager),
  kmsKey: price(1, 1, 'KMS key, a month', awsKms, true),
  kmsRequest: price(0.03, 10_000, 'KMS requests', kmsRequests),
  logIngestion: price(0.5, 1, 'GB of logs taken in', logs),
  logStorage: price(0.03, 1, 'GB-month of logs', logs),
  metric: price(0.3, 1, 'custom metric, a month', metrics),
  alarm: price(0.1, 1, 'alarm, a month, for each metric it watches', alarms),
  compositeAlarm: price(0.5, 1, 'composite alarm, a month', alarms),
  dashboard: price(3, 1, 'dashboard, a month', dashboards),
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof prices;
