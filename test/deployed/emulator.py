"""Starts MiniStack, mended where it does otherwise than AWS. Nothing else is mended anywhere.

SQS has no permissions for batch calls of its own: AWS authorizes SendMessageBatch as
sqs:SendMessage, and so on (Service Authorization Reference, "Actions defined by Amazon SQS").
MiniStack 1.5 asks for sqs:SendMessageBatch, which no role on AWS needs.

Step Functions authorizes SendTaskSuccess and its like on the state machine that the token is of, as what
it says of a refusal shows, and as CDK's grantTaskResponse has it. MiniStack 1.5 takes it for a call on
no resource, and does not know whose a token is; it is taken for the only state machine's.
"""

from ministack.app import main
from ministack.core import iam_actions
from ministack.services import stepfunctions

BATCHES = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}

action_of = iam_actions.extract_iam_action
resource_of = iam_actions.extract_resource_arn


def action_as_on_aws(*args, **kwargs):
    action = action_of(*args, **kwargs)
    return BATCHES.get(action, action)


def resource_as_on_aws(service, method, path, headers, body, *args):
    if service == "states" and b'"taskToken"' in body:
        machines = list(stepfunctions._state_machines)
        if len(machines) == 1:
            return machines[0]
    return resource_of(service, method, path, headers, body, *args)


iam_actions.extract_iam_action = action_as_on_aws
iam_actions.extract_resource_arn = resource_as_on_aws

if __name__ == "__main__":
    main()
