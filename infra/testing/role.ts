import * as z from 'zod';
import type { Resource } from './intrinsics.ts';

/** A function's role, judged as IAM would: a denial wins, and what is not allowed is refused. */
export interface Role {
  /** @param partition key of the item that a DynamoDB action is about */
  readonly may: (action: string, resource: string, partition?: string) => boolean;
  /** Every action that is allowed on anything. */
  readonly actions: readonly string[];
}

const oneOrMore = z.union([z.array(z.string()), z.string().transform((one) => [one])]);

/** Strict: a statement with an element that is not judged here must not pass as judged. */
const statement = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore,
  Resource: oneOrMore,
  Condition: z
    .strictObject({
      'ForAllValues:StringLike': z.strictObject({ 'dynamodb:LeadingKeys': oneOrMore }),
    })
    .optional(),
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

  const matching = (effect: Statement['Effect'], request: Request) =>
    statements.some((each) => each.Effect === effect && applies(each, request));
  return {
    may: (action, resource, partition) => {
      const request = { action, resource, partition };
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
  readonly partition: string | undefined;
}

function applies({ Action, Resource, Condition }: Statement, request: Request): boolean {
  const { action, resource, partition } = request;
  // ForAllValues holds for a request that names no key at all, so it does here.
  const keys = Condition?.['ForAllValues:StringLike']['dynamodb:LeadingKeys'];
  return (
    Action.some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase())) &&
    Resource.some((pattern) => matches(pattern, resource)) &&
    (keys === undefined ||
      partition === undefined ||
      keys.some((pattern) => matches(pattern, partition)))
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
