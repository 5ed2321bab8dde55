import { Duration } from 'aws-cdk-lib';
import { HttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { Code, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { reportEndpoints } from '../functions/report/endpoints.ts';
import type { AccessConfig, ReportConfig } from '../shared/config.ts';
import { reportKeyName } from '../shared/secrets/names.ts';
import { revocationPartition } from '../shared/store/keys.ts';
import { accessEnvironment, routeScopes } from './access.ts';
import type { Api } from './api.ts';
import type { Settings } from './context.ts';
import { RescindFunction } from './function.ts';
import type { StageKey } from './key.ts';
import type { Alarms } from './observability/alarms.ts';
import { allowReading, makeSeededSecret } from './secrets.ts';
import type { Store } from './store.ts';

export interface ReportProps {
  readonly settings: Settings;
  readonly code: Code;
  readonly api: Api;
  readonly store: Store;
  readonly key: StageKey;
  readonly alarms: Alarms;
  readonly environment: Record<Exclude<keyof ReportConfig, keyof AccessConfig>, string>;
}

/** API Gateway waits 29 s for an answer. */
const timeout = Duration.seconds(29);

/** The function that makes reports, its routes, and the key that it alone signs with. */
export class Report extends Construct {
  readonly handler: LambdaFunction;

  constructor(scope: Construct, id: string, props: ReportProps) {
    super(scope, id);
    const { settings, code, api, store, key, alarms, environment } = props;
    // shared/report/signer.ts makes the key of it.
    makeSeededSecret(this, {
      name: reportKeyName(settings.secretsPrefix),
      description: 'Whoever holds this can sign reports of revocations',
      settings,
      key,
      rotated: 'rotated by its operator',
    });
    const handler = new RescindFunction(this, 'Handler', {
      settings,
      code,
      description: 'Makes signed reports of revocations',
      timeout,
      environment: { ...environment, ...accessEnvironment(settings) },
      monitoring: {
        alarms,
        name: 'report',
        impact:
          'Callers got no report, or not all of its pages. Nothing else is concerned: tokens are revoked, and what there is to report stays.',
        toDo: 'Read what the log of the function says at that time. A function that cannot start names what is wrong in its environment; anything else is a bug: roll the deployment back.',
        whenThrottled:
          'Raise the quota of concurrent executions of the account; apiRateLimit and apiBurstLimit keep callers from using them up.',
        section: 'the-report-function-fails',
      },
    });
    this.handler = handler.lambda;
    allowReading(handler, key, reportKeyName(settings.secretsPrefix));
    store.allowItems(handler, ['GetItem'], [revocationPartition('*')]);
    store.allowQueryingItems(handler, [revocationPartition('*')]);

    const integration = new HttpLambdaIntegration('Integration', handler.lambda, {
      scopePermissionToRoute: false,
    });
    for (const { method, path, scope: needed } of reportEndpoints) {
      api.http.addRoutes({
        path,
        methods: [HttpMethod[method]],
        integration,
        authorizationScopes: routeScopes(
          needed === undefined ? [] : (settings.jwt?.scopes[needed] ?? []),
        ),
      });
    }
  }
}
