import { Duration } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CfnStage,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  type HttpRoute,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Code, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { endpoints } from '../functions/api/router.ts';
import type { Config } from '../shared/config.ts';
import { sealingKeysName } from '../shared/secrets/names.ts';
import {
  idempotencyKey,
  paceKey,
  revocationPartition,
  subjectPartition,
} from '../shared/store/keys.ts';
import { accessEnvironment, type JwtSettings, routeScopes } from './access.ts';
import type { Completion } from './completion.ts';
import type { Settings } from './context.ts';
import { RescindFunction } from './function.ts';
import { keptWhen } from './kept.ts';
import type { StageKey } from './key.ts';
import { acknowledge } from './nag.ts';
import type { Alarms } from './observability/alarms.ts';
import { watchAnswers } from './observability/stage-alarms.ts';
import { allowReading } from './secrets.ts';
import type { Store } from './store.ts';

export interface ApiProps {
  readonly settings: Settings;
  readonly code: Code;
  readonly store: Store;
  readonly key: StageKey;
  readonly alarms: Alarms;
  readonly lanes: readonly IQueue[];
  readonly environment: Record<keyof Config, string>;
  /** Where completions are announced, if anywhere. */
  readonly completion?: Completion | undefined;
}

/** Calls of one route that API Gateway lets through, as CloudFormation has it. */
export interface RouteLimit {
  readonly ThrottlingRateLimit: number;
  readonly ThrottlingBurstLimit: number;
}

/** API Gateway waits 29 s for an answer; a function that runs longer talks to nobody. */
const timeout = Duration.seconds(29);

/** The HTTP API: one route for each endpoint of the router, and the function behind them all. */
export class Api extends Construct {
  readonly url: string;
  readonly http: HttpApi;
  readonly #stage: HttpStage;
  readonly #limits = new Map<string, RouteLimit>();
  readonly handler: LambdaFunction;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const { settings, code, alarms, environment, completion } = props;
    const handler = new RescindFunction(this, 'Handler', {
      settings,
      code,
      description: 'Takes revocations in, and tells what became of them',
      timeout,
      environment: {
        ...environment,
        ...accessEnvironment(settings),
        ...completion?.environment,
        ...(settings.completion?.stateMachines.length && { RESCIND_COMPLETION_TASKS: 'true' }),
      },
      monitoring: {
        alarms,
        name: 'api',
        impact:
          'Callers got 500 or 503: what they wanted revoked is not queued unless they repeat their request. What was accepted before goes on.',
        toDo: 'Read what the log of the function says at that time. A function that cannot start names what is wrong in its environment or in providers.json; anything else is a bug: roll the deployment back.',
        whenThrottled:
          'Raise the quota of concurrent executions of the account, or apiReservedConcurrency if that is set; apiRateLimit and apiBurstLimit keep callers from using them up.',
        section: 'the-api-function-fails',
      },
      ...(settings.apiReservedConcurrency !== undefined && {
        reservedConcurrentExecutions: settings.apiReservedConcurrency,
      }),
    });
    this.handler = handler.lambda;
    allowHandler(handler, props);
    completion?.allowAnnouncing(handler);

    const api = new HttpApi(this, 'Http', {
      apiName: `${settings.prefix}-api`,
      createDefaultStage: false,
      defaultAuthorizer: authorizerOf(settings.jwt),
    });
    const integration = new HttpLambdaIntegration('Integration', handler.lambda, {
      scopePermissionToRoute: false,
    });
    const open = new Map<string, HttpRoute>();
    for (const { method, path, scope: needed } of endpoints) {
      const routes = api.addRoutes({
        path,
        methods: [HttpMethod[method]],
        integration,
        ...(needed === undefined
          ? { authorizer: new HttpNoneAuthorizer() }
          : { authorizationScopes: routeScopes(settings.jwt?.scopes[needed] ?? []) }),
      });
      if (needed === undefined) for (const route of routes) open.set(`${method} ${path}`, route);
    }
    for (const route of open.values()) acknowledge(route, 'health answers anybody');
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api,
      autoDeploy: true,
      throttle: settings.throttle,
      accessLogSettings: { destination: accessLog(this, settings), format: accessLogFormat },
    });
    this.#stage = stage;
    for (const [routeKey, route] of open) this.limit(routeKey, route, openThrottle);
    this.url = api.apiEndpoint;
    this.http = api;
    watchAnswers(this, alarms, api);
  }

  /**
   * Gives a route a limit of its own, so that its callers do not use up that of the others.
   *
   * @param routeKey e.g. `GET /v1/health`
   */
  limit(routeKey: string, route: HttpRoute, limit: RouteLimit): void {
    const { defaultChild } = this.#stage.node;
    if (!(defaultChild instanceof CfnStage)) throw new Error('a stage without its resource');
    this.#limits.set(routeKey, limit);
    defaultChild.routeSettings = Object.fromEntries(this.#limits);
    // API Gateway knows no settings of a route that is not there yet.
    this.#stage.node.addDependency(route);
  }
}

/** Anybody may call these: a limit of their own, or anybody could use up that of the others. */
const openThrottle = { ThrottlingRateLimit: 10, ThrottlingBurstLimit: 20 };

const authorizerOf = (jwt: JwtSettings | undefined): IHttpRouteAuthorizer =>
  jwt === undefined
    ? new HttpIamAuthorizer()
    : new HttpJwtAuthorizer('Jwt', jwt.issuer, { jwtAudience: [...jwt.audience] });

/** It seals, so it reads the sealing keys; no provider's secret is any of its business. */
function allowHandler(handler: RescindFunction, props: ApiProps): void {
  const { settings, store, key } = props;
  allowReading(handler, key, sealingKeysName(settings.secretsPrefix));
  const lanes = props.lanes.map(({ queueArn }) => queueArn);
  handler.allow(['sqs:SendMessage'], lanes);
  key.allowForQueues(handler, ['GenerateDataKey', 'Decrypt'], lanes);
  const written = [revocationPartition('*'), idempotencyKey('*').pk];
  store.allowItems(handler, ['GetItem', 'BatchGetItem'], [...written, paceKey('*').pk]);
  store.allowItems(handler, ['PutItem', 'UpdateItem'], written);
  store.allowItems(handler, ['GetItem', 'PutItem'], [subjectPartition('*')]);
  store.allowQueries(handler);
}

const accessLog = (scope: Construct, { durable, logRetentionDays }: Settings) =>
  new LogGroupLogDestination(
    new LogGroup(scope, 'AccessLog', {
      retention: logRetentionDays,
      removalPolicy: keptWhen(durable),
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
    error: '$context.error.message',
    authorizerError: '$context.authorizer.error',
    integrationError: '$context.integrationErrorMessage',
  }),
);
