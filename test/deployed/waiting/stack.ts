import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import {
  DefinitionBody,
  IntegrationPattern,
  JsonPath,
  StateMachine,
  Succeed,
  TaskInput,
  Timeout,
} from 'aws-cdk-lib/aws-stepfunctions';
import { SqsSendMessage } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import type { Construct } from 'constructs';

/**
 * Those who are told of completions in a test run: a state machine whose one task waits with the token
 * that it puts on a queue, and that catches our error; and a queue that gets the events of the account's
 * default bus.
 */
export class WaitingStack extends Stack {
  constructor(scope: Construct, id: string) {
    super(scope, id, { description: 'Waits for completions in a test run; goes with it' });
    const queue = (name: string) =>
      new Queue(this, name, {
        encryption: QueueEncryption.SQS_MANAGED,
        enforceSSL: true,
        retentionPeriod: Duration.hours(1),
        removalPolicy: RemovalPolicy.DESTROY,
      });
    const tasks = queue('Tasks');
    const events = queue('Events');
    new Rule(this, 'Rule', {
      eventPattern: { source: ['rescind'], detailType: ['Revocation Completed'] },
      targets: [new SqsQueue(events)],
    });
    const machine = new StateMachine(this, 'Machine', {
      stateMachineName: id,
      definitionBody: DefinitionBody.fromChainable(
        new SqsSendMessage(this, 'Revoke', {
          queue: tasks,
          integrationPattern: IntegrationPattern.WAIT_FOR_TASK_TOKEN,
          messageBody: TaskInput.fromText(JsonPath.taskToken),
          taskTimeout: Timeout.duration(Duration.minutes(10)),
        }).addCatch(new Succeed(this, 'Alive'), { errors: ['Rescind.TokensAlive'] }),
      ),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new CfnOutput(this, 'StateMachineArn', { value: machine.stateMachineArn });
    new CfnOutput(this, 'TasksQueueUrl', { value: tasks.queueUrl });
    new CfnOutput(this, 'EventsQueueUrl', { value: events.queueUrl });
  }
}
