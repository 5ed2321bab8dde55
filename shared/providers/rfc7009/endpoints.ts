import type { Connection, Send } from '../adapter.ts';
import { ConfigurationFault } from '../faults.ts';
import { discover } from './discovery.ts';
import { isPath, type Options } from './options.ts';

const endpointNames = ['revocationEndpoint', 'introspectionEndpoint'] as const;
type EndpointName = (typeof endpointNames)[number];

/** Where one server is called, all absolute. */
export interface Endpoints {
  /** The server's name; only a signed assertion's audience depends on it. */
  readonly issuer: string;
  readonly revocation: string;
  readonly introspection: string | undefined;
}

/**
 * The endpoints as configured, else as the server's metadata has them. A configured revocation
 * endpoint needs no discovery, so connecting then calls nobody.
 *
 * @throws ConfigurationFault when the configuration names no server, or discovery finds none
 * @throws ConnectFault when the server could not answer discovery
 * @throws TransportFault when it did not
 */
export async function findEndpoints(
  connection: Connection<Options>,
  send: Send,
): Promise<Endpoints> {
  const { id, baseUrl, options } = connection;
  const issuer = options.issuer ?? baseUrl;
  const revocation = configured(connection, 'revocationEndpoint');
  const introspection = configured(connection, 'introspectionEndpoint');
  if (revocation !== undefined) {
    return { issuer: issuer ?? new URL(revocation).origin, revocation, introspection };
  }
  if (issuer === undefined) throw new ConfigurationFault(`provider ${id}: ${noServer}`);
  const found = await discover(id, issuer, send);
  return { ...found, introspection: introspection ?? found.introspection };
}

const noServer = 'set a baseUrl, options.issuer or options.revocationEndpoint';

const pathAlone = (name: EndpointName): string =>
  `options.${name} is a path, so set a baseUrl or options.issuer as well`;

/** What is missing before any endpoint can be known; undefined when nothing is. */
export function missingServer({ baseUrl, options }: Connection<Options>): string | undefined {
  if (baseUrl !== undefined || options.issuer !== undefined) return undefined;
  const path = endpointNames.find((name) => isPath(options[name] ?? ''));
  if (path !== undefined) return pathAlone(path);
  return options.revocationEndpoint === undefined ? noServer : undefined;
}

/** One configured endpoint, made absolute. A path is appended: a base URL's own path is kept. */
function configured(
  { id, baseUrl, options }: Connection<Options>,
  name: EndpointName,
): string | undefined {
  const endpoint = options[name];
  if (endpoint === undefined || !isPath(endpoint)) return endpoint;
  const base = baseUrl ?? options.issuer;
  if (base === undefined) throw new ConfigurationFault(`provider ${id}: ${pathAlone(name)}`);
  return `${base.replace(/\/+$/, '')}${endpoint}`;
}
