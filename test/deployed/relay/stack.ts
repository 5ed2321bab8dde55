import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { HttpApi, HttpMethod, HttpRoute, HttpRouteKey } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type Code,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

export interface RelayStackProps extends StackProps {
  readonly code: Code;
  /** First segment of every path that is answered: whoever does not know it gets a 404. */
  readonly secret: string;
}

/**
 * The relay's part in the cloud: an HTTP API whose only route, under the secret, leads to the
 * function, the queue it puts requests on, and the table it looks for replies in. An HTTP API and
 * not a function URL: it is what Rescind itself is called by, so it is there wherever Rescind is,
 * and a stranger's call ends before the function.
 */
export class RelayStack extends Stack {
  constructor(scope: Construct, id: string, { code, secret, ...props }: RelayStackProps) {
    super(scope, id, {
      description: 'Brings calls to the provider sandboxes of a test run; goes with it',
      ...props,
    });
    const queue = new Queue(this, 'Requests', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // The least that SQS knows; the caller has given up by then.
      retentionPeriod: Duration.minutes(1),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const table = new Table(this, 'Replies', {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      timeToLiveAttribute: 'expiresAt',
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.ONE_DAY,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    logGroup.grantWrite(role);
    for (const [action, resource] of [
      ['sqs:SendMessage', queue.queueArn],
      ['dynamodb:GetItem', table.tableArn],
    ] as const) {
      role.addToPolicy(new PolicyStatement({ actions: [action], resources: [resource] }));
    }
    const relay = new LambdaFunction(this, 'Function', {
      description: 'Hands requests to whoever runs the tests, and answers with the replies',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      memorySize: 512,
      timeout: Duration.seconds(29),
      environment: { RELAY_QUEUE_URL: queue.queueUrl, RELAY_TABLE: table.tableName },
      code,
      role,
      logGroup,
    });
    const api = new HttpApi(this, 'Http', { apiName: id });
    // Not by addRoutes, which names the route's resources by the path: CDK prints those.
    new HttpRoute(this, 'Route', {
      httpApi: api,
      routeKey: HttpRouteKey.with(`/${secret}/{proxy+}`, HttpMethod.ANY),
      integration: new HttpLambdaIntegration('Integration', relay),
    });

    new CfnOutput(this, 'ApiUrl', { value: api.apiEndpoint });
    new CfnOutput(this, 'QueueUrl', { value: queue.queueUrl });
    new CfnOutput(this, 'TableName', { value: table.tableName });
  }
}
