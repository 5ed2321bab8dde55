/**
 * Where an HTTP API answers. An emulator's has a host name that nobody resolves; it has a path at
 * the endpoint instead.
 *
 * @param output the URL as CloudFormation tells it
 */
export function apiUrl(output: string): string {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  if (endpoint === undefined) return output;
  const id = /^https?:\/\/([^.]+)\./.exec(output)?.[1];
  return `${endpoint}/_aws/execute-api/${id}/$default`;
}
