import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';

/** What cdk-nag finds and we mean to be so, each with the reason. There is no other place for them. */
export const acknowledgements = {
  'health answers anybody': {
    id: 'AwsSolutions-APIG4',
    reason:
      'GET /v1/health says nothing but that the deployment answers, and monitors call it without credentials. Every other route asks for IAM credentials or a JWT, which infra/api.test.ts holds it to.',
  },
  'sources sign what they send': {
    id: 'AwsSolutions-APIG4',
    reason:
      'Senders of webhooks have no credentials for API Gateway. The function verifies the signature of every call, or the JWT it comes with, before it does anything; see docs/webhooks.md.',
  },
  'rotated by a function of ours': {
    id: 'AwsSolutions-SMG4',
    reason:
      'functions/sealing-keys rotates these keys once a day as far as is due. The rotation of Secrets Manager replaces a value; here a key is added, and the old one must stay as long as something is sealed with it.',
  },
  'rotated by its operator': {
    id: 'AwsSolutions-SMG4',
    reason:
      'Reports are checked with the public key for as long as anybody keeps them, so a new key is for when the old one may have leaked, and not for a schedule; docs/report.md says how it is put there.',
  },
  'traces have no ARN': {
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason:
      'X-Ray lets its actions be allowed on * only. The policy allows sending traces and nothing else, and is there only while tracing is switched on.',
  },
} as const;

/** Says that what cdk-nag finds on a construct is meant to be so. */
export function acknowledge(construct: IConstruct, name: keyof typeof acknowledgements): void {
  Validations.of(construct).acknowledge(acknowledgements[name]);
}

/** Has synthesis fail on whatever the AWS Solutions rules find and nobody has acknowledged. */
export function checkByNag(app: App): void {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
