import * as z from 'zod';

/**
 * Who is calling, as API Gateway's authorizers tell it: IAM, JWT, or the embedded stack's API key
 * (which speaks as a Lambda authorizer does).
 */
const authorizer = z.union([
  z.object({ iam: z.object({ userArn: z.string() }) }),
  z.object({ jwt: z.object({ claims: z.object({ sub: z.string() }) }) }),
  z.object({ lambda: z.object({ principalId: z.string() }) }),
]);

/** One line that names the caller in records: an ARN, a JWT subject, or the local key's name. */
export function callerOf(context: unknown): string {
  const known = authorizer.safeParse(
    typeof context === 'object' && context !== null && 'authorizer' in context
      ? context.authorizer
      : undefined,
  );
  if (!known.success) return 'unknown';
  const { data } = known;
  if ('iam' in data) return data.iam.userArn;
  if ('jwt' in data) return `jwt:${data.jwt.claims.sub}`;
  return data.lambda.principalId;
}
