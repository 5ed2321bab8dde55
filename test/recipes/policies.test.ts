import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import { createStack } from '../../docs/recipes/user-deletion/stack.ts';
import { endpoints } from '../../functions/api/router.ts';
import { reportEndpoints } from '../../functions/report/endpoints.ts';
import { account, functionArn, region } from '../../infra/testing/arns.ts';
import { policyOf } from '../../infra/testing/role.ts';
import { newRevocationId } from '../../shared/domain/revocation.ts';

const recipes = new URL('../../docs/recipes/', import.meta.url);

const arnOf = (route: string) =>
  `arn:aws:execute-api:${region}:${account}:a1b2/$default/${route
    .replace('{id}', newRevocationId())
    .replaceAll(/\{\w+\}/g, 'user-4711')}`;
const routes = [...endpoints, ...reportEndpoints].map(({ method, path }) => `${method}${path}`);

describe.each([
  [
    'hr-offboarding',
    [
      'GET/v1/revocations/{id}',
      'GET/v1/revocations/{id}/outcomes',
      'GET/v1/revocations/{id}/report',
      'POST/v1/revocations',
      'POST/v1/revocations/{id}/close',
      'PUT/v1/revocations/{id}/parts/{part}',
    ],
  ],
  ['user-deletion', ['GET/v1/subjects/{subject}/grants', 'POST/v1/subjects/{subject}/revoke']],
])('the policy of %s', (page, needed) => {
  test('opens the calls that it makes, and no other', async () => {
    const text = await readFile(new URL(`${page}.md`, recipes), 'utf8');
    const [, indent = '', shown = ''] =
      /^( *)```json\n( *\{\n *"Version".*?)^ *```$/ms.exec(text) ?? [];
    const policy = policyOf(
      JSON.parse(
        shown
          .replaceAll(new RegExp(`^${indent}`, 'gm'), '')
          .replaceAll('REGION', region)
          .replaceAll('ACCOUNT', account)
          .replaceAll('API-ID', 'a1b2'),
      ),
    );
    const opened = routes.filter((route) => policy.may('execute-api:Invoke', arnOf(route)));
    expect(opened.toSorted()).toEqual(needed);
    expect(policy.actions).toEqual(['execute-api:Invoke']);
  });
});

test('the state machine is deployed as it is, with a role for what its states do', async () => {
  const definitionFile = fileURLToPath(new URL('user-deletion/state-machine.asl.json', recipes));
  const definition = await readFile(definitionFile, 'utf8');
  const template = Template.fromStack(
    createStack(new App(), {
      definitionFile,
      rescindApi: 'a1b2',
      deleteAccountFunction: functionArn('delete-account'),
      onCallEmail: 'on-call@example.com',
    }),
  );
  const open = [...definition.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
  template.hasResourceProperties('AWS::StepFunctions::StateMachine', {
    StateMachineName: 'rescind-user-deletion',
    DefinitionString: definition,
    DefinitionSubstitutions: Object.fromEntries(open.map((name) => [name, Match.anyValue()])),
  });
  const policies = JSON.stringify(template.findResources('AWS::IAM::Policy'));
  const allowed = [...policies.matchAll(/"Action":"([^"]+)"/g)].map(([, action]) => action);
  expect(allowed.toSorted()).toEqual([
    'execute-api:Invoke',
    'lambda:InvokeFunction',
    'sns:Publish',
  ]);
  for (const route of ['POST/v1/subjects/*/revoke', 'GET/v1/subjects/*/grants']) {
    expect(policies).toContain(`a1b2/$default/${route}`);
  }
});
