"""Starts MiniStack, mended where it does otherwise than AWS. Nothing else is mended anywhere.

SQS has no permissions for batch calls of its own: AWS authorizes SendMessageBatch as
sqs:SendMessage, and so on (Service Authorization Reference, "Actions defined by Amazon SQS").
MiniStack 1.5 asks for sqs:SendMessageBatch, which no role on AWS needs.
"""

from ministack.app import main
from ministack.core import iam_actions

BATCHES = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
}

action_of = iam_actions.extract_iam_action


def action_as_on_aws(*args, **kwargs):
    action = action_of(*args, **kwargs)
    return BATCHES.get(action, action)


iam_actions.extract_iam_action = action_as_on_aws

if __name__ == "__main__":
    main()
