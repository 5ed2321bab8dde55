import {
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  modifyAssertion,
  None,
  PrivateKeyJwt,
} from 'oauth4webapi';
import { SecretFault } from '../faults.ts';
import type { Options, Secret } from './options.ts';

/** What a method draws on. */
interface Material {
  readonly id: string;
  readonly options: Options;
  readonly secret: Secret;
}

type Method = Options['clientAuth'];

/** RFC 6749 §2.3.1, OpenID Connect Core 1.0 §9, RFC 7523 §2.2. */
const methods: Readonly<Record<Method, (material: Material) => ClientAuth | Promise<ClientAuth>>> =
  {
    client_secret_basic: (material) => ClientSecretBasic(clientSecret(material)),
    client_secret_post: (material) => ClientSecretPost(clientSecret(material)),
    none: () => None(),
    private_key_jwt: privateKeyJwt,
  };

/**
 * The configured method with its credentials, as a function that signs one request.
 *
 * @throws SecretFault when the secret lacks what the method needs, or its key does not sign
 */
export const clientAuthentication = async (material: Material): Promise<ClientAuth> =>
  methods[material.options.clientAuth](material);

const clientSecret = (material: Material): string =>
  needed(material.secret.clientSecret, 'clientSecret', material);

function needed<T>(value: T | undefined, name: keyof Secret, { id, options }: Material): T {
  if (value === undefined) {
    throw new SecretFault(
      `the secret of provider ${id}: ${name} is needed for clientAuth ${options.clientAuth}`,
    );
  }
  return value;
}

async function privateKeyJwt(material: Material): Promise<ClientAuth> {
  const { id, options, secret } = material;
  const privateKey = needed(secret.privateKey, 'privateKey', material);
  const jwk = typeof privateKey === 'string' ? undefined : privateKey;
  const algorithm = options.signingAlgorithm ?? jwk?.alg ?? 'RS256';
  const kid = secret.keyId ?? jwk?.kid;
  // Loaded here, so that the other methods' cold starts do not pay for it; and by its own path,
  // because a bundler keeps the whole of a package that is imported at run time.
  const { importJWK, importPKCS8 } = await import('jose/key/import');
  try {
    const key =
      typeof privateKey === 'string'
        ? await importPKCS8(privateKey, algorithm)
        : await importJWK(privateKey, algorithm);
    if (key instanceof Uint8Array) throw new TypeError('a symmetric key');
    const authentication = PrivateKeyJwt(kid === undefined ? { key } : { key, kid }, {
      // oauth4webapi names an Edwards key `Ed25519` (RFC 9864); many servers know `EdDSA` only.
      [modifyAssertion]: (header) => {
        header.alg = algorithm;
      },
    });
    await signOnce(authentication, secret.clientId);
    return authentication;
  } catch {
    // No cause: an importer's message may quote what it could not read.
    throw new SecretFault(
      `the secret of provider ${id}: privateKey cannot sign. It must be a private JWK or a PKCS#8 ` +
        'PEM ("BEGIN PRIVATE KEY") that fits options.signingAlgorithm (default: its alg, else RS256)',
    );
  }
}

/** A key may import and yet not sign (too short, or `key_ops` without `sign`): found out here. */
const signOnce = (authentication: ClientAuth, clientId: string): void | Promise<void> =>
  authentication(
    { issuer: 'https://example.com' },
    { client_id: clientId },
    new URLSearchParams(),
    new Headers(),
  );
