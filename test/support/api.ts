import middy from '@middy/core';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import type * as z from 'zod';
import type { Access } from '../../functions/api/authorization.ts';
import { problem } from '../../functions/api/contract/answers.ts';
import type { ApiDependencies } from '../../functions/api/dependencies.ts';
import { answerProblems, logRequests } from '../../functions/api/middleware.ts';
import { problemOf } from '../../functions/api/problems.ts';
import { createRouter, routeOf } from '../../functions/api/router.ts';
import { createRegistry } from '../../shared/grants/registry.ts';
import type { ScopeNames } from '../../shared/http/scope.ts';
import { createPace } from '../../shared/pace/pace.ts';
import { createLanes } from '../../shared/queue/lanes.ts';
import { createIdempotency } from '../../shared/store/idempotency.ts';
import type { Stores } from '../../shared/store/write-down.ts';
import { catalogOf } from './catalog.ts';
import { type Call, httpEvent } from './http-event.ts';
import { lambdaContext } from './lambda-context.ts';
import { collectLog, type Line } from './log.ts';
import { startQueues, type TestQueues } from './queues.ts';
import { startSecrets, type TestSecrets } from './secrets.ts';
import { retentionDays, storesOn } from './stores.ts';
import { startTable, type TestTable } from './table.ts';

/** An API on services of its own, called as Lambda calls it. */
export interface TestApi extends AsyncDisposable {
  readonly deps: ApiDependencies;
  readonly stores: Stores;
  readonly table: TestTable;
  readonly queues: TestQueues;
  readonly secrets: TestSecrets;
  readonly lines: Line[];
  readonly call: (call: Call) => Promise<APIGatewayProxyStructuredResultV2>;
  /** Calls, and holds a success to its schema. */
  readonly expectAnswer: <T>(schema: z.ZodType<T>, call: Call, status?: number) => Promise<T>;
  /** Calls, and holds the problem to its schema. */
  readonly expectProblem: (call: Call) => Promise<z.infer<typeof problem>>;
}

/** @param access whom it lets in, and lets see what; by default everybody sees everything */
export async function startApi(access: Partial<Access> = {}): Promise<TestApi> {
  const table = await startTable();
  const queues = await startQueues('polar', 'nylas', 'mollie');
  const secrets = await startSecrets();
  const stores = storesOn(table.table);
  const { log, lines } = collectLog();
  const deps: ApiDependencies = {
    access: { jwtScopes: noScopes, ownership: false, operators: new Set(), ...access },
    takesTasks: true,
    catalog: await catalogOf(
      { id: 'polar', rate: { requestsPerSecond: 8 } },
      { id: 'nylas' },
      { id: 'mollie' },
    ),
    secrets: secrets.secrets,
    ...stores,
    idempotency: createIdempotency(table.table),
    registry: createRegistry(table.table, retentionDays),
    lanes: createLanes(queues.client, queues.urlPrefix),
    paceOf: (provider) => createPace(table.table, provider, undefined),
    log,
  };
  const call = (request: Call) => callApi(deps, request);
  return {
    deps,
    stores,
    table,
    queues,
    secrets,
    lines,
    call,
    expectAnswer: async (schema, request, status = 200) => {
      const { statusCode, body = '' } = await call(request);
      if (statusCode !== status) throw new Error(`answered ${statusCode}: ${body}`);
      return schema.parse(JSON.parse(body));
    },
    expectProblem: async (request) => {
      const { statusCode, headers, body = '' } = await call(request);
      if (headers?.['content-type'] !== 'application/problem+json') {
        throw new Error(`answered ${statusCode}: ${body}`);
      }
      return problem.parse(JSON.parse(body));
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([table, queues, secrets].map((each) => each[Symbol.asyncDispose]()));
    },
  };
}

const noScopes: ScopeNames = { submit: [], read: [], operate: [] };

/** One request through the API's own middleware, as its handler wires it. */
export async function callApi(
  deps: ApiDependencies,
  request: Call,
): Promise<APIGatewayProxyStructuredResultV2> {
  const route = createRouter(deps);
  const served = { log: deps.log, routeOf, problemOf };
  const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
    .use(logRequests(served))
    .use(answerProblems(served))
    .handler((event: APIGatewayProxyEventV2, context: Context) => route(event, context));
  return handler(httpEvent(request), lambdaContext);
}
