import * as z from 'zod';
import type { Resource } from './intrinsics.ts';

/** A function's role, judged as IAM would: a denial wins, and what is not allowed is refused. */
export interface Role {
  readonly may: (action: string, resource: string, context?: Context) => boolean;
  /** Every action that is allowed on anything. */
  readonly actions: readonly string[];
}

/** What a request brings along besides, by condition key: which item, which service asks for it. */
export type Context = Readonly<Record<string, string>>;

const oneOrMore = z.union([z.array(z.string()), z.string().transform((one) => [one])]);

const conditionKeys = z.record(
  z.string().regex(/^kms:(ViaService|EncryptionContext:[\w:]+)$/),
  oneOrMore,
);

/** Strict: a statement with an element that is not judged here must not pass as judged. */
const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore,
  Resource: oneOrMore,
  Condition: z
    .strictObject({
      'ForAllValues:StringLike': z.strictObject({ 'dynamodb:LeadingKeys': oneOrMore }).optional(),
      StringEquals: conditionKeys.optional(),
      StringLike: conditionKeys.optional(),
    })
    .default({}),
});
type Statement = z.infer<typeof statement>;

const document = z.object({ Statement: z.array(statement) });
const roleProperties = z.object({
  ManagedPolicyArns: z.array(z.never('policies of AWS are not judged')).default([]),
  Policies: z.array(z.object({ PolicyDocument: document })).default([]),
});
const policyProperties = z.object({ Roles: z.array(z.string()), PolicyDocument: document });

export function roleOf(lambda: Resource, resources: readonly Resource[]): Role {
  const id = z.string().parse(lambda.properties.Role).split('/').at(-1) ?? '';
  const statements = resources.flatMap((resource): Statement[] => {
    switch (resource.type) {
      case 'AWS::IAM::Role': {
        const { Policies } = roleProperties.parse(resource.properties);
        if (resource.id !== id) return [];
        return Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
      }
      case 'AWS::IAM::ManagedPolicy':
      case 'AWS::IAM::Policy': {
        const { Roles, PolicyDocument } = policyProperties.parse(resource.properties);
        return Roles.includes(id) ? PolicyDocument.Statement : [];
      }
      default:
        return [];
    }
  });
  if (statements.length === 0) throw new Error(`found no statement of ${lambda.id}'s role`);
  return judge(statements);
}

/** A policy document by itself, as a role or a user may have it. */
export const policyOf = (policy: unknown): Role => judge(document.parse(policy).Statement);

function judge(statements: readonly Statement[]): Role {
  const matching = (effect: Statement['Effect'], request: Request) =>
    statements.some((each) => each.Effect === effect && applies(each, request));
  return {
    may: (action, resource, context = {}) => {
      const request = { action, resource, context };
      return matching('Allow', request) && !matching('Deny', request);
    },
    actions: [
      ...new Set(
        statements.filter(({ Effect }) => Effect === 'Allow').flatMap(({ Action }) => Action),
      ),
    ].sort(),
  };
}

interface Request {
  readonly action: string;
  readonly resource: string;
  readonly context: Context;
}

function applies({ Action, Resource, Condition }: Statement, request: Request): boolean {
  const { action, resource, context } = request;
  const holds = (
    keys: Readonly<Record<string, readonly string[]>> | undefined,
    fits: (pattern: string, value: string) => boolean,
    unsaid: boolean,
  ) =>
    Object.entries(keys ?? {}).every(([key, patterns]) => {
      const value = context[key];
      return value === undefined ? unsaid : patterns.some((pattern) => fits(pattern, value));
    });
  return (
    Action.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
    Resource.some((pattern) => matches(pattern, resource)) &&
    // ForAllValues holds for a request that names no key at all, and nothing else does.
    holds(Condition['ForAllValues:StringLike'], matches, true) &&
    holds(Condition.StringLike, matches, false) &&
    holds(Condition.StringEquals, (expected, value) => expected === value, false)
  );
}

/** `*` is any text, `?` any one character. */
function matches(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}
