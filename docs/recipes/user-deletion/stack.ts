import { readFileSync } from 'node:fs';
import { type App, CfnOutput, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { DefinitionBody, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';

export interface UserDeletion {
  readonly definitionFile: string;
  /** Id of Rescind's API: the first part of its output `ApiUrl`. */
  readonly rescindApi: string;
  /** ARN of the function that deletes an account. */
  readonly deleteAccountFunction: string;
  readonly onCallEmail: string | undefined;
}

/** The state machine, a role that may do just what its states do, and a topic for the on-call. */
export function createStack(app: App, settings: UserDeletion): Stack {
  const { definitionFile, rescindApi, deleteAccountFunction, onCallEmail } = settings;
  const stack = new Stack(app, 'rescind-user-deletion');
  const onCall = new Topic(stack, 'OnCall', { enforceSSL: true });
  if (onCallEmail !== undefined) onCall.addSubscription(new EmailSubscription(onCallEmail));
  const stateMachine = new StateMachine(stack, 'StateMachine', {
    // Rescind is told of it by its ARN, so its name is fixed.
    stateMachineName: 'rescind-user-deletion',
    definitionBody: DefinitionBody.fromString(readFileSync(definitionFile, 'utf8')),
    definitionSubstitutions: {
      RescindApi: `${rescindApi}.execute-api.${stack.region}.${stack.urlSuffix}`,
      OnCallTopic: onCall.topicArn,
      DeleteAccountFunction: deleteAccountFunction,
    },
  });
  const routes = ['POST/v1/subjects/*/revoke', 'GET/v1/subjects/*/grants'];
  stateMachine.addToRolePolicy(
    new PolicyStatement({
      actions: ['execute-api:Invoke'],
      resources: routes.map((route) =>
        stack.formatArn({
          service: 'execute-api',
          resource: rescindApi,
          resourceName: `$default/${route}`,
        }),
      ),
    }),
  );
  stateMachine.addToRolePolicy(
    new PolicyStatement({
      actions: ['lambda:InvokeFunction'],
      resources: [deleteAccountFunction],
    }),
  );
  onCall.grantPublish(stateMachine);
  new CfnOutput(stack, 'RoleArn', { value: stateMachine.role.roleArn });
  return stack;
}
