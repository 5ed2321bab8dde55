import {
  type AuthorizationServer,
  allowInsecureRequests,
  type CustomFetchOptions,
  customFetch,
  discoveryRequest,
  JSON_ATTRIBUTE_COMPARISON,
  OperationProcessingError,
  processDiscoveryResponse,
} from 'oauth4webapi';
import type { Send } from '../adapter.ts';
import { ConfigurationFault, ConnectFault } from '../faults.ts';
import { judgeUndocumented } from '../judging.ts';
import { endpointProblem } from './options.ts';

/** What a server's metadata says of its endpoints. */
export interface Discovered {
  /** As the server spells it, which is how it expects an assertion's audience. */
  readonly issuer: string;
  readonly revocation: string;
  readonly introspection: string | undefined;
}

/** The two places where metadata is published; OpenID Connect's is by far the more common. */
const documents = [
  { algorithm: 'oidc', name: 'openid-configuration' },
  { algorithm: 'oauth2', name: 'oauth-authorization-server' },
] as const;

/**
 * Finds a server's endpoints in its metadata: OpenID Connect Discovery 1.0 §4, then RFC 8414 §3.
 * The second document is read when the first does not serve.
 *
 * @param issuer an https URL, or http to loopback
 * @throws ConfigurationFault when neither document serves
 * @throws ConnectFault when the server says that it is busy or ill
 * @throws TransportFault when it does not answer
 */
export async function discover(id: string, issuer: string, send: Send): Promise<Discovered> {
  const problems: string[] = [];
  for (const { algorithm, name } of documents) {
    const found = await readDocument(new URL(issuer), algorithm, send);
    if (typeof found !== 'string') return found;
    problems.push(`${name}: ${found}`);
  }
  throw new ConfigurationFault(
    `provider ${id}: discovery at ${issuer} found no revocation endpoint (${problems.join('; ')}). ` +
      'Set options.issuer to the exact issuer, or options.revocationEndpoint',
  );
}

/** The endpoints, or why this document does not serve. */
async function readDocument(
  issuer: URL,
  algorithm: 'oidc' | 'oauth2',
  send: Send,
): Promise<Discovered | string> {
  const response = await discoveryRequest(issuer, {
    algorithm,
    [customFetch]: fetchThrough(send),
    // `serverUrl` has let http pass to loopback only.
    [allowInsecureRequests]: issuer.protocol === 'http:',
  });
  const { status } = response;
  if (status >= 300 && status < 400) return `http ${status}, not followed`;
  if (status !== 200) return `http ${status}`;
  let server: AuthorizationServer;
  try {
    server = await processDiscoveryResponse(issuer, response);
  } catch (error) {
    const foreign =
      error instanceof OperationProcessingError && error.code === JSON_ATTRIBUTE_COMPARISON;
    return foreign ? 'names another issuer' : 'is not server metadata';
  }
  const { revocation_endpoint: revocation, introspection_endpoint: introspection } = server;
  if (revocation === undefined) return 'names no revocation_endpoint';
  const problem = metadataProblem(issuer, { revocation, introspection });
  return problem ?? { issuer: server.issuer, revocation, introspection };
}

/** Metadata is unchecked JSON, whatever its type says, and may not lead us to a weaker transport. */
function metadataProblem(
  issuer: URL,
  endpoints: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const [name, endpoint] of Object.entries(endpoints)) {
    if (endpoint === undefined) continue;
    if (typeof endpoint !== 'string') return `its ${name}_endpoint must be a string`;
    const problem = endpointProblem(endpoint);
    if (problem !== undefined) return `its ${name}_endpoint ${problem}`;
    // Without this, metadata could point our credentials at a service on our own machine.
    if (issuer.protocol === 'https:' && new URL(endpoint).protocol !== 'https:') {
      return `its ${name}_endpoint must be https, as the issuer is`;
    }
  }
  return undefined;
}

/** Our transport as the fetch that oauth4webapi asks for. */
const fetchThrough =
  (send: Send) =>
  async (url: string, { method, headers }: CustomFetchOptions<'GET'>): Promise<Response> => {
    // The transport names Rescind; oauth4webapi would name itself.
    const { 'user-agent': _, ...ours } = headers;
    const answer = await send({ method, url, headers: ours });
    const verdict = judgeUndocumented(answer);
    if (verdict.kind === 'throttled' || verdict.kind === 'unavailable') {
      throw new ConnectFault(verdict);
    }
    const { status } = answer;
    // The constructor takes no body, not even an empty one, for these.
    const body = [204, 205, 304].includes(status) ? null : answer.body;
    return new Response(body, { status, headers: answer.headers });
  };
