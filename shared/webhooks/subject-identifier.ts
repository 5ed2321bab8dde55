import * as z from 'zod';

/** Who is meant, by each kind of name that was given. */
export interface Identifiers {
  readonly email?: readonly string[];
  /** `sub` of an `iss_sub` whose issuer is the expected one. */
  readonly sub?: readonly string[];
  readonly id?: readonly string[];
  readonly account?: readonly string[];
  readonly phone_number?: readonly string[];
  readonly did?: readonly string[];
  readonly uri?: readonly string[];
}

const text = z.string().min(1).max(1024);

const simple = [
  z.object({ format: z.literal('account'), uri: text }),
  z.object({ format: z.literal('email'), email: text }),
  z.object({ format: z.literal('iss_sub'), iss: text, sub: text }),
  z.object({ format: z.literal('opaque'), id: text }),
  z.object({ format: z.literal('phone_number'), phone_number: text }),
  z.object({ format: z.literal('did'), url: text }),
  z.object({ format: z.literal('uri'), uri: text }),
] as const;

const aliases = z.object({
  format: z.literal('aliases'),
  identifiers: z
    .array(z.discriminatedUnion('format', [...simple]))
    .min(1)
    .max(20),
});

/** RFC 9493, and RISC as it was before it: `subject_type` for `format`, dashes for underscores. */
const named = z
  .looseObject({ format: text.optional(), subject_type: text.optional() })
  .transform(({ subject_type, format = subject_type?.replaceAll('-', '_'), ...rest }) => ({
    ...rest,
    format,
  }));

const identifier = named.pipe(z.discriminatedUnion('format', [...simple, aliases]));
type Simple = Extract<
  z.infer<typeof identifier>,
  { format: (typeof simple)[number]['shape']['format']['value'] }
>;

/**
 * A complex subject of the Shared Signals Framework: the person is its `user`. A session, a device or
 * a tenant is not a person.
 */
const complex = z.object({ format: z.literal('complex').optional(), user: identifier });

/**
 * Reads an RFC 9493 Subject Identifier, or a complex one.
 *
 * @param issuer whose `sub`s are meant; those of other issuers are other people
 * @returns undefined when it names no person in any format that is known here
 */
export function identifiersOf(subject: unknown, issuer: string): Identifiers | undefined {
  const parsed = z.union([identifier, complex.transform(({ user }) => user)]).safeParse(subject);
  if (!parsed.success) return undefined;
  const { data } = parsed;
  const found: Record<string, string[]> = {};
  for (const one of data.format === 'aliases' ? data.identifiers : [data]) {
    const [name, value] = nameOf(one, issuer);
    if (value !== undefined) found[name] = [...(found[name] ?? []), value];
  }
  return found;
}

function nameOf(one: Simple, issuer: string): readonly [keyof Identifiers, string | undefined] {
  switch (one.format) {
    case 'account':
      return ['account', one.uri];
    case 'email':
      return ['email', canonicalEmail(one.email)];
    case 'iss_sub':
      return ['sub', one.iss === issuer ? one.sub : undefined];
    case 'opaque':
      return ['id', one.id];
    case 'phone_number':
      return ['phone_number', one.phone_number];
    case 'did':
      return ['did', one.url];
    case 'uri':
      return ['uri', one.uri];
  }
}

/** RFC 9493, section 3.2.2.1: the domain has no case. */
function canonicalEmail(address: string): string {
  const at = address.lastIndexOf('@') + 1;
  return address.slice(0, at) + address.slice(at).toLowerCase();
}
