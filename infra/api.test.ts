import { beforeAll, describe, expect, it } from 'vitest';
import { endpoints } from '../functions/api/router.ts';
import { apiHandler } from './testing/parts.ts';
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
  it('has a route for each endpoint and no other, all of them served by the one function', () => {
    expect(routes(stack).map(({ RouteKey }) => RouteKey)).toEqual(
      endpoints.map(({ method, path }) => `${method} ${path}`),
    );
    const { id, properties } = stack.one('AWS::ApiGatewayV2::Integration');
    expect(properties).toMatchObject({ IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' });
    expect(new Set(routes(stack).map(({ Target }) => Target))).toEqual(
      new Set([`integrations/${id}`]),
    );
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

  it('asks for a scope on every route but health once scopes are configured', async () => {
    const withScopes = await synthesise({ ...jwt, jwtScopes: 'rescind:use' });
    for (const route of routes(withScopes)) {
      const isHealth = route.RouteKey === 'GET /v1/health';
      expect(route.AuthorizationScopes ?? []).toEqual(isHealth ? [] : ['rescind:use']);
    }
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
