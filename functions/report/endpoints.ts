import { type Endpoint, matches, routeIn } from '../api/routing.ts';
import type { ReportDependencies } from './dependencies.ts';
import { getReportKeys } from './get-keys.ts';
import { getReport } from './get-report.ts';

/** Every route of this function. The CDK app makes one API Gateway route of each. */
export const reportEndpoints: readonly Endpoint<ReportDependencies>[] = [
  { method: 'GET', path: '/v1/revocations/{id}/report', scope: 'read', answer: getReport },
  { method: 'GET', path: '/v1/report-keys', scope: 'read', answer: getReportKeys },
];

/** Whether a path is this function's. */
export const isReportPath = (path: string): boolean =>
  reportEndpoints.some((endpoint) => matches(endpoint.path, path));

/** The route that a path belongs to; `unknown` when there is none. */
export const routeOf = (path: string): string => routeIn(reportEndpoints, path);
