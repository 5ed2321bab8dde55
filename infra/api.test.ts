import { beforeAll, describe, expect, it } from 'vitest';
import { endpoints } from '../functions/api/router.ts';
import { reportEndpoints } from '../functions/report/endpoints.ts';
import { readApiConfig } from '../shared/config.ts';
import type { Scope } from '../shared/http/scope.ts';
import { functionArn } from './testing/arns.ts';
import { apiHandler, type FunctionPart, reportHandler } from './testing/parts.ts';
import { type Synthesis, synthesise } from './testing/synthesis.ts';

const jwt = { jwtIssuer: 'https://issuer.example.com', jwtAudience: 'rescind, tools' };

let stack: Synthesis;

beforeAll(async () => {
  stack = await synthesise();
});

const routes = ({ all }: Synthesis) =>
  all('AWS::ApiGatewayV2::Route').map(({ properties }) => properties);
const guarded = (synthesis: Synthesis) =>
  routes(synthesis).filter(({ RouteKey }) => RouteKey !== 'GET /v1/health');
const authorizations = (synthesis: Synthesis) => [
  ...new Set(guarded(synthesis).map(({ AuthorizationType }) => AuthorizationType)),
];

describe('the HTTP API', () => {
  it('has a route for each endpoint and no other, served by the function that it is of', () => {
    const targets = (some: typeof endpoints | typeof reportEndpoints, part: FunctionPart) =>
      some.map(({ method, path }) => [`${method} ${path}`, functionArn(part.lambda.id)]);
    const functions = new Map(
      stack.all('AWS::ApiGatewayV2::Integration').map(({ id, properties }) => {
        expect(properties).toMatchObject({
          IntegrationType: 'AWS_PROXY',
          PayloadFormatVersion: '2.0',
        });
        return [`integrations/${id}`, properties.IntegrationUri];
      }),
    );
    expect(
      routes(stack).map(({ RouteKey, Target }) => [RouteKey, functions.get(String(Target))]),
    ).toEqual([
      ...targets(endpoints, apiHandler(stack)),
      ...targets(reportEndpoints, reportHandler(stack)),
    ]);
  });

  it('asks for IAM credentials on every route but health', () => {
    expect(authorizations(stack)).toEqual(['AWS_IAM']);
    expect(routes(stack)).toContainEqual(
      expect.objectContaining({ RouteKey: 'GET /v1/health', AuthorizationType: 'NONE' }),
    );
  });

  it('asks for a JWT on every route but health once an issuer is configured', async () => {
    const withJwt = await synthesise(jwt);
    expect(authorizations(withJwt)).toEqual(['JWT']);
    const { id, properties } = withJwt.one('AWS::ApiGatewayV2::Authorizer');
    expect(new Set(guarded(withJwt).map(({ AuthorizerId }) => AuthorizerId))).toEqual(
      new Set([id]),
    );
    expect(properties).toMatchObject({
      AuthorizerType: 'JWT',
      JwtConfiguration: { Issuer: jwt.jwtIssuer, Audience: ['rescind', 'tools'] },
    });
    expect(routes(withJwt)).toContainEqual(
      expect.objectContaining({ RouteKey: 'GET /v1/health', AuthorizationType: 'NONE' }),
    );
  });

  const scopesOf = (synthesis: Synthesis) =>
    Object.fromEntries(
      routes(synthesis).map((route) => [route.RouteKey, route.AuthorizationScopes ?? []]),
    );
  const scopesBy = (names: Readonly<Record<Scope, string[]>>) =>
    Object.fromEntries(
      [...endpoints, ...reportEndpoints].map(({ method, path, scope }) => [
        `${method} ${path}`,
        scope === undefined ? [] : names[scope],
      ]),
    );

  it('asks a JWT for the scope of each route', async () => {
    expect(scopesOf(await synthesise(jwt))).toEqual(
      scopesBy({
        submit: ['rescind:submit'],
        read: ['rescind:read'],
        operate: ['rescind:operate'],
      }),
    );
    expect(scopesOf(stack)).toEqual(scopesBy({ submit: [], read: [], operate: [] }));
  });

  it.each<[object, Readonly<Record<Scope, string[]>>]>([
    [
      { jwtScopePrefix: 'https://rescind.example/' },
      {
        submit: ['https://rescind.example/submit'],
        read: ['https://rescind.example/read'],
        operate: ['https://rescind.example/operate'],
      },
    ],
    [
      { jwtScopes: 'rescind:use, rescind:all' },
      {
        submit: ['rescind:use', 'rescind:all'],
        read: ['rescind:use', 'rescind:all'],
        operate: ['rescind:use', 'rescind:all'],
      },
    ],
    [
      { jwtScopePrefix: '', jwtScopes: 'all' },
      { submit: ['submit', 'all'], read: ['read', 'all'], operate: ['operate', 'all'] },
    ],
  ])('calls the scopes as configured: %j', async (context, names) => {
    const synthesis = await synthesise({ ...jwt, ...context });
    expect(scopesOf(synthesis)).toEqual(scopesBy(names));
    const { environment } = apiHandler(synthesis);
    expect(readApiConfig(environment).RESCIND_JWT_SCOPES).toEqual(names);
  });

  it('takes any token of the audience where that is configured', async () => {
    const synthesis = await synthesise({ ...jwt, jwtScopes: '*' });
    expect(scopesOf(synthesis)).toEqual(scopesBy({ submit: [], read: [], operate: [] }));
    const { environment } = apiHandler(synthesis);
    const names = { submit: ['*'], read: ['*'], operate: ['*'] };
    expect(readApiConfig(environment).RESCIND_JWT_SCOPES).toEqual(names);
  });

  it('tells the function who owns what', async () => {
    const told = (synthesis: Synthesis) => {
      const { RESCIND_OWNERSHIP, RESCIND_OPERATORS, RESCIND_JWT_SCOPES } = readApiConfig(
        apiHandler(synthesis).environment,
      );
      return [RESCIND_OWNERSHIP, RESCIND_OPERATORS, RESCIND_JWT_SCOPES];
    };
    const none = { submit: [], read: [], operate: [] };
    expect(told(stack)).toEqual([false, [], none]);
    const operators =
      'arn:aws:iam::123456789012:role/teams/OnCall, arn:aws:iam::123456789012:user/jane';
    expect(told(await synthesise({ ownership: 'true', operators }))).toEqual([
      true,
      ['arn:aws:sts::123456789012:assumed-role/OnCall', 'arn:aws:iam::123456789012:user/jane'],
      none,
    ]);
  });

  it('logs who called which route, but neither the path nor the query', () => {
    const { AccessLogSettings } = stack.one('AWS::ApiGatewayV2::Stage').properties;
    expect(AccessLogSettings).toMatchObject({
      Format: expect.stringContaining('$context.routeKey'),
    });
    expect(AccessLogSettings).toMatchObject({
      Format: expect.stringContaining('$context.identity.userArn'),
    });
    expect(JSON.stringify(AccessLogSettings)).not.toMatch(/path|query|header|body/i);
  });

  it('is throttled, as configured or else by default', async () => {
    const limits = ({ one }: Synthesis) =>
      one('AWS::ApiGatewayV2::Stage').properties.DefaultRouteSettings;
    expect(limits(stack)).toMatchObject({ ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 });
    expect(limits(await synthesise({ apiRateLimit: '5', apiBurstLimit: '10' }))).toMatchObject({
      ThrottlingRateLimit: 5,
      ThrottlingBurstLimit: 10,
    });
  });

  it('limits health apart, so that nobody without credentials keeps the others out', async () => {
    const { DefaultRouteSettings, RouteSettings } = stack.one(
      'AWS::ApiGatewayV2::Stage',
    ).properties;
    expect(RouteSettings).toEqual({
      'GET /v1/health': { ThrottlingRateLimit: 10, ThrottlingBurstLimit: 20 },
    });
    expect(DefaultRouteSettings).not.toEqual(expect.objectContaining({ ThrottlingRateLimit: 10 }));
  });

  it('has executions set aside only if so configured', async () => {
    const reservedOf = (synthesis: Synthesis) =>
      apiHandler(synthesis).lambda.properties.ReservedConcurrentExecutions;
    expect(reservedOf(stack)).toBeUndefined();
    expect(reservedOf(await synthesise({ apiReservedConcurrency: '50' }))).toBe(50);
  });

  it('ends before API Gateway gives up at 30 seconds', () => {
    expect(apiHandler(stack).lambda.properties.Timeout).toBeLessThan(30);
  });
});
