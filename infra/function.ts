import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type FunctionProps,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Settings } from './context.ts';
import { keptWhen } from './kept.ts';
import { type Monitoring, watchFunction } from './observability/function-alarms.ts';
import { trace } from './observability/tracing.ts';

/** Whatever Lambda's own construct takes may be given, and wins over what is set here. */
export interface RescindFunctionProps
  extends Omit<FunctionProps, 'role' | 'logGroup' | 'runtime' | 'handler'>,
    Partial<Pick<FunctionProps, 'runtime' | 'handler'>> {
  readonly settings: Settings;
  /** What its alarms say: no function fails without anybody being told. */
  readonly monitoring: Monitoring;
}

/**
 * One Lambda function with a log that ends, alarms, and a role of its own. The role may write that log and
 * nothing else until `allow` says so: Lambda's own managed policy would open every log group.
 */
export class RescindFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly #role: Role;

  constructor(
    scope: Construct,
    id: string,
    { settings, monitoring, ...props }: RescindFunctionProps,
  ) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Log', {
      retention: settings.logRetentionDays,
      removalPolicy: keptWhen(settings.durable),
    });
    this.#role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    });
    logGroup.grantWrite(this.#role);
    this.lambda = new LambdaFunction(this, 'Function', {
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'index.handler',
      memorySize: 512,
      ...props,
      role: this.#role,
      logGroup,
    });
    if (settings.tracing) trace(this.lambda, this.#role);
    watchFunction(this, this.lambda, monitoring);
  }

  /** Adds to what the function may do. */
  allow(
    actions: readonly string[],
    resources: readonly string[],
    conditions: Readonly<Record<string, unknown>> = {},
  ): void {
    this.#role.addToPolicy(
      new PolicyStatement({ actions: [...actions], resources: [...resources], conditions }),
    );
  }
}
