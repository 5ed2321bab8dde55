import * as z from 'zod';
import { functionArn, queueArn } from './arns.ts';
import type { Resource } from './intrinsics.ts';
import { type Role, roleOf } from './role.ts';
import type { Synthesis } from './synthesis.ts';

/** A function with what it is given, found by what calls it. */
export interface FunctionPart {
  readonly lambda: Resource;
  readonly environment: Readonly<Record<string, string>>;
  readonly logGroup: string;
  readonly role: Role;
}

/** A queue and the function that consumes it. */
export interface ConsumedQueue {
  readonly queue: Resource;
  readonly mapping: Resource;
  readonly consumer: FunctionPart;
}

const functionProperties = z.object({
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
  LoggingConfig: z.object({ LogGroup: z.string() }),
});

export function functionPart(lambda: Resource, { resources }: Synthesis): FunctionPart {
  const { Environment, LoggingConfig } = functionProperties.parse(lambda.properties);
  return {
    lambda,
    environment: Environment.Variables,
    logGroup: LoggingConfig.LogGroup,
    role: roleOf(lambda, resources),
  };
}

export function consumedQueue(synthesis: Synthesis, name: string): ConsumedQueue {
  const mapping = synthesis.one(
    'AWS::Lambda::EventSourceMapping',
    'EventSourceArn',
    queueArn(name),
  );
  const lambda = synthesis
    .all('AWS::Lambda::Function')
    .find(({ id }) => id === mapping.properties.FunctionName);
  if (lambda === undefined) throw new Error(`nothing consumes ${name}`);
  return {
    queue: synthesis.one('AWS::SQS::Queue', 'QueueName', name),
    mapping,
    consumer: functionPart(lambda, synthesis),
  };
}

export const lane = (synthesis: Synthesis, id: string): ConsumedQueue =>
  consumedQueue(synthesis, `rescind-production-lane-${id}`);

export const deadLetters = (synthesis: Synthesis): ConsumedQueue =>
  consumedQueue(synthesis, 'rescind-production-dead-letters');

/** The function that rotates the sealing keys, found by its schedule. */
export const keyRotation = (synthesis: Synthesis): FunctionPart =>
  scheduled(synthesis, keyRotationRule(synthesis));

/** The function that sweeps the ledger, found by its schedule. */
export const sweeper = (synthesis: Synthesis): FunctionPart =>
  scheduled(synthesis, sweepRule(synthesis));

export const keyRotationRule = ({ one }: Synthesis): Resource =>
  one('AWS::Events::Rule', 'Description', 'Rotates the sealing keys as far as is due');

export const sweepRule = ({ one }: Synthesis): Resource =>
  one('AWS::Events::Rule', 'Description', 'Sweeps the dead-letter ledger');

function scheduled(synthesis: Synthesis, rule: Resource): FunctionPart {
  const { Targets } = rule.properties;
  const [target] = z.array(z.object({ Arn: z.string() })).parse(Targets);
  const lambda = synthesis
    .all('AWS::Lambda::Function')
    .find(({ id }) => functionArn(id) === target?.Arn);
  if (lambda === undefined) throw new Error('nothing is called by the schedule');
  return functionPart(lambda, synthesis);
}

/** The function that takes webhooks in. */
export function webhookHandler(synthesis: Synthesis): FunctionPart {
  const description = 'Takes in what sources of webhooks send';
  return functionPart(
    synthesis.one('AWS::Lambda::Function', 'Description', description),
    synthesis,
  );
}

/** The function that makes reports. */
export function reportHandler(synthesis: Synthesis): FunctionPart {
  const description = 'Makes signed reports of revocations';
  return functionPart(
    synthesis.one('AWS::Lambda::Function', 'Description', description),
    synthesis,
  );
}

/** The function behind the HTTP API. */
export function apiHandler(synthesis: Synthesis): FunctionPart {
  const health = synthesis.one('AWS::ApiGatewayV2::Route', 'RouteKey', 'GET /v1/health');
  const integration = synthesis
    .all('AWS::ApiGatewayV2::Integration')
    .find(({ id }) => health.properties.Target === `integrations/${id}`);
  const IntegrationUri = integration?.properties.IntegrationUri;
  const lambda = synthesis
    .all('AWS::Lambda::Function')
    .find(({ id }) => functionArn(id) === IntegrationUri);
  if (lambda === undefined) throw new Error('nothing is behind the API');
  return functionPart(lambda, synthesis);
}
