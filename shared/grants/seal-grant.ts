import * as z from 'zod';
import type { Binding } from '../sealing/jwe.ts';
import { openJson, sealJson } from '../sealing/jwe.ts';
import type { SealingKeys } from '../sealing/keys.ts';
import type { GrantPlace, LiveGrant } from './grant.ts';

/** A grant's secret half. */
const grantSecrets = z.object({
  accessToken: z.string().optional(),
  refreshToken: z.string().optional(),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
});
export type GrantSecrets = z.infer<typeof grantSecrets>;

type Identity = GrantPlace & { readonly provider: string };

const bindingOf = ({ home, grantId, provider }: Identity): Binding => ({
  to: 'grant',
  identity: `${home}/${grantId}/${provider}`,
});

/** Seals a grant's tokens. They open as no other grant's, and at no other provider's. */
export const sealGrant = (
  identity: Identity,
  secrets: GrantSecrets,
  keys: SealingKeys,
): Promise<string> => sealJson(bindingOf(identity), secrets, keys);

/** @throws SealFault */
export const openGrant = (grant: LiveGrant, keys: SealingKeys): Promise<GrantSecrets> =>
  openJson(bindingOf(grant), grant.sealed, keys, (value) => grantSecrets.parse(value));
