import { Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { CfnFunction, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { acknowledge } from '../nag.ts';

/**
 * Has Lambda send X-Ray a trace of a function's calls. CDK's own way would give every role a
 * statement on `*`; here all share one policy that says nothing else.
 */
export function trace(lambda: LambdaFunction, role: Role): void {
  const { defaultChild } = lambda.node;
  if (!(defaultChild instanceof CfnFunction)) throw new Error('a function without a resource');
  defaultChild.tracingConfig = { mode: 'Active' };
  tracingPolicy(Stack.of(lambda)).attachToRole(role);
}

function tracingPolicy(stack: Stack): ManagedPolicy {
  const existing = stack.node.tryFindChild('Tracing');
  if (existing instanceof ManagedPolicy) return existing;
  const policy = new ManagedPolicy(stack, 'Tracing', {
    description: 'Send traces to X-Ray',
    statements: [
      new PolicyStatement({
        actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
        resources: ['*'],
      }),
    ],
  });
  acknowledge(policy, 'traces have no ARN');
  return policy;
}
