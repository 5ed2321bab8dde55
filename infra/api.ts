import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Code } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { endpoints } from '../functions/api/router.ts';
import type { Config } from '../shared/config.ts';
import { sealingKeysName } from '../shared/secrets/names.ts';
import { idempotencyKey, paceKey, revocationPartition } from '../shared/store/keys.ts';
import type { JwtSettings, Settings } from './context.ts';
import { RescindFunction } from './function.ts';
import { allowReading } from './secrets.ts';
import type { Store } from './store.ts';

export interface ApiProps {
  readonly settings: Settings;
  readonly code: Code;
  readonly store: Store;
  readonly lanes: readonly IQueue[];
  readonly environment: Record<keyof Config, string>;
}

/** API Gateway waits 29 s for an answer; a function that runs longer talks to nobody. */
const timeout = Duration.seconds(29);

/**
 * Requests a second, over all routes and callers. One may carry 500 jobs, so this is far more than
 * the lanes can do; it keeps a runaway caller from using up the account's Lambda concurrency.
 */
const throttle = { rateLimit: 100, burstLimit: 200 };

/** The HTTP API: one route for each endpoint of the router, and the function behind them all. */
export class Api extends Construct {
  readonly url: string;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const { settings, code, environment } = props;
    const handler = new RescindFunction(this, 'Handler', {
      settings,
      code,
      description: 'Takes revocations in, and tells what became of them',
      timeout,
      environment,
    });
    allowHandler(handler, props);

    const api = new HttpApi(this, 'Http', {
      apiName: `${settings.prefix}-api`,
      createDefaultStage: false,
      defaultAuthorizer: authorizerOf(settings.jwt),
      defaultAuthorizationScopes: settings.jwt?.scopes ?? [],
    });
    const integration = new HttpLambdaIntegration('Integration', handler.lambda, {
      scopePermissionToRoute: false,
    });
    for (const { method, path } of endpoints) {
      api.addRoutes({
        path,
        methods: [HttpMethod[method]],
        integration,
        // Monitors call it without credentials; it says nothing but that we are here.
        ...(path === '/v1/health' && {
          authorizer: new HttpNoneAuthorizer(),
          authorizationScopes: [],
        }),
      });
    }
    new HttpStage(this, 'Stage', {
      httpApi: api,
      autoDeploy: true,
      throttle,
      accessLogSettings: { destination: accessLog(this, settings), format: accessLogFormat },
    });
    this.url = api.apiEndpoint;
  }
}

const authorizerOf = (jwt: JwtSettings | undefined): IHttpRouteAuthorizer =>
  jwt === undefined
    ? new HttpIamAuthorizer()
    : new HttpJwtAuthorizer('Jwt', jwt.issuer, { jwtAudience: [...jwt.audience] });

/** It seals, so it reads the sealing keys; no provider's secret is any of its business. */
function allowHandler(handler: RescindFunction, { settings, store, lanes }: ApiProps): void {
  allowReading(handler, sealingKeysName(settings.secretsPrefix));
  handler.allow(
    ['sqs:SendMessage'],
    lanes.map(({ queueArn }) => queueArn),
  );
  const written = [revocationPartition('*'), idempotencyKey('*').pk];
  store.allowItems(handler, ['GetItem', 'BatchGetItem'], [...written, paceKey('*').pk]);
  store.allowItems(handler, ['PutItem', 'UpdateItem'], written);
  store.allowQueries(handler);
}

const accessLog = (scope: Construct, { durable, logRetentionDays }: Settings) =>
  new LogGroupLogDestination(
    new LogGroup(scope, 'AccessLog', {
      retention: logRetentionDays,
      removalPolicy: durable ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    }),
  );

/**
 * Names the route and not the path, and no query string: whoever puts a token where it does not
 * belong must not find it in a log.
 */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    time: '$context.requestTimeEpoch',
    route: '$context.routeKey',
    status: '$context.status',
    latency: '$context.responseLatency',
    bytes: '$context.responseLength',
    sourceIp: '$context.identity.sourceIp',
    arn: '$context.identity.userArn',
    subject: '$context.authorizer.claims.sub',
    error: '$context.error.messageString',
    authorizerError: '$context.authorizer.error',
    integrationError: '$context.integrationErrorMessage',
  }),
);
