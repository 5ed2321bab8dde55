import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { json, text } from '../../shared/http/problem.ts';
import { csvPage } from '../../shared/report/csv.ts';
import { htmlPage, htmlPolicy } from '../../shared/report/html.ts';
import type { ReportPage } from '../../shared/report/page.ts';

/** How a report can be had. */
export const formats = ['json', 'csv', 'html'] as const;
export type Format = (typeof formats)[number];

/** @param limit rows of a page, for the link to the next */
export function answerPage(
  page: ReportPage,
  format: Format,
  limit: number,
): APIGatewayProxyStructuredResultV2 {
  const headers = { ...linkOf(page, format, limit) };
  const { id } = page.statement.revocation;
  switch (format) {
    case 'json':
      return json(200, page, headers);
    case 'csv':
      return text(200, 'text/csv; charset=utf-8', csvPage(page), {
        'content-disposition': `attachment; filename="${id}.csv"`,
        ...headers,
      });
    case 'html':
      return text(200, 'text/html; charset=utf-8', htmlPage(page), {
        'content-security-policy': htmlPolicy,
        ...headers,
      });
  }
}

/** RFC 8288, for formats that have no place for a cursor. */
function linkOf({ cursor, statement }: ReportPage, format: Format, limit: number) {
  if (cursor === undefined) return {};
  const query = new URLSearchParams({ format, limit: String(limit), cursor });
  const next = `/v1/revocations/${statement.revocation.id}/report?${query}`;
  return { link: `<${next}>; rel="next"` };
}
