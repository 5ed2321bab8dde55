import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import { reportDependencies } from './dependencies.ts';
import { createReports } from './reports.ts';

const answer = createReports(reportDependencies());

/** Reports and their keys: API Gateway v2 event in, structured answer out. */
export const handler = async (
  event: APIGatewayProxyEventV2,
  context: Context,
): Promise<APIGatewayProxyStructuredResultV2> => answer(event, context);
