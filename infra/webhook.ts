import { Duration } from 'aws-cdk-lib';
import { HttpMethod, HttpNoneAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Code, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { WebhookConfig } from '../shared/config.ts';
import { sealingKeysName, webhookSecretName } from '../shared/secrets/names.ts';
import {
  deliveryPartition,
  idempotencyKey,
  revocationPartition,
  subjectPartition,
} from '../shared/store/keys.ts';
import type { Source, Sources } from '../shared/webhooks/sources.ts';
import type { Api } from './api.ts';
import type { Settings } from './context.ts';
import { RescindFunction } from './function.ts';
import type { StageKey } from './key.ts';
import { acknowledge } from './nag.ts';
import type { Alarms } from './observability/alarms.ts';
import { allowReading } from './secrets.ts';
import type { Store } from './store.ts';

export interface WebhookProps {
  readonly settings: Settings;
  readonly sources: Sources;
  readonly code: Code;
  readonly api: Api;
  readonly store: Store;
  readonly key: StageKey;
  readonly alarms: Alarms;
  readonly lanes: readonly IQueue[];
  readonly environment: Record<keyof WebhookConfig, string>;
}

/** API Gateway waits 29 s for an answer; senders wait less. */
const timeout = Duration.seconds(29);

/** Calls a second that one source may make, so that none keeps the others out. */
const throttle = { ThrottlingRateLimit: 25, ThrottlingBurstLimit: 50 };

/**
 * The function that takes webhooks in, with a route for each source: whatever calls another one is
 * refused by API Gateway and starts nothing.
 */
export class Webhook extends Construct {
  readonly handler: LambdaFunction;

  constructor(scope: Construct, id: string, props: WebhookProps) {
    super(scope, id);
    const { settings, sources, code, api, alarms, environment } = props;
    const handler = new RescindFunction(this, 'Handler', {
      settings,
      code,
      description: 'Takes in what sources of webhooks send',
      timeout,
      environment,
      monitoring: {
        alarms,
        name: 'webhook',
        impact:
          'Senders got 500 or 503: what they told us to revoke is not queued unless they send it again, which most do for some hours.',
        toDo: 'Read what the log of the function says at that time. A function that cannot start names what is wrong in its environment, providers.json or webhooks.json; anything else is a bug: roll the deployment back.',
        whenThrottled:
          'Raise the quota of concurrent executions of the account. Each source has a limit of its own in API Gateway, so look whether there are that many sources.',
        section: 'the-webhook-function-fails',
      },
    });
    this.handler = handler.lambda;
    allowHandler(handler, props);

    const integration = new HttpLambdaIntegration('Integration', handler.lambda, {
      scopePermissionToRoute: false,
    });
    for (const source of sources.values()) {
      const path = `/v1/webhooks/${source.id}`;
      const methods = methodsOf(source);
      const routes = api.http.addRoutes({
        path,
        methods,
        integration,
        authorizer: new HttpNoneAuthorizer(),
      });
      for (const [index, route] of routes.entries()) {
        acknowledge(route, 'sources sign what they send');
        api.limit(`${methods[index]} ${path}`, route, throttle);
      }
    }
  }
}

const methodsOf = ({ scheme }: Source): HttpMethod[] =>
  scheme.challenge === undefined ? [HttpMethod.POST] : [HttpMethod.POST, HttpMethod.GET];

/** It seals, and opens grants where it may revoke by person; no provider's secret is its business. */
function allowHandler(handler: RescindFunction, props: WebhookProps): void {
  const { settings, sources, store, key } = props;
  allowReading(handler, key, sealingKeysName(settings.secretsPrefix));
  for (const { id, scheme } of sources.values()) {
    if (scheme.secretProblem === undefined) continue;
    allowReading(handler, key, webhookSecretName(settings.secretsPrefix, id));
  }
  const lanes = props.lanes.map(({ queueArn }) => queueArn);
  handler.allow(['sqs:SendMessage'], lanes);
  key.allowForQueues(handler, ['GenerateDataKey', 'Decrypt'], lanes);

  const bySubject = [...sources.values()].some(({ rules }) =>
    rules.some(({ revoke }) => revoke === 'subject'),
  );
  const subjects = bySubject ? [subjectPartition('*')] : [];
  const written = [revocationPartition('*'), idempotencyKey('*').pk, deliveryPartition('*')];
  store.allowItems(handler, ['GetItem', 'PutItem'], [...written, ...subjects]);
  store.allowItems(handler, ['UpdateItem'], [revocationPartition('*'), deliveryPartition('*')]);
  if (bySubject) store.allowQueryingItems(handler, [revocationPartition('*'), ...subjects]);
}
