import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import * as z from 'zod';
import { json } from '../../shared/http/problem.ts';
import { parseQuery } from '../api/routes/query.ts';
import type { ReportDependencies } from './dependencies.ts';

const noParameters = z.strictObject({});

/** `GET /v1/report-keys`: the public keys that statements can be checked with. */
export async function getReportKeys(
  event: APIGatewayProxyEventV2,
  deps: ReportDependencies,
): Promise<APIGatewayProxyStructuredResultV2> {
  parseQuery(noParameters, event);
  return json(200, (await deps.signer()).keys);
}
