import { ClientSecretBasic, ClientSecretPost, None } from 'oauth4webapi';
import { expect, test } from 'vitest';
import { type Caller, introspectionRequest, revocationRequest } from './request.ts';

const endpoint = 'https://as.example.com/revoke?tenant=acme';
const caller: Caller = {
  issuer: 'https://as.example.com',
  clientId: 'c-1',
  authentication: None(),
};
const job = { token: 't+/=& 1', tokenType: 'refresh_token' } as const;
const encodedToken = 'token=t%2B%2F%3D%26+1';

test('sends the token as a form, and keeps the endpoint’s own query', async () => {
  expect(await revocationRequest(endpoint, job, false, caller)).toEqual({
    method: 'POST',
    url: endpoint,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: `${encodedToken}&client_id=c-1`,
  });
});

test('sends the hint only where asked to, and only the job’s own', async () => {
  const hinted = await revocationRequest(endpoint, job, true, caller);
  expect(hinted.body).toBe(`${encodedToken}&token_type_hint=refresh_token&client_id=c-1`);
  const typeless = await revocationRequest(endpoint, { token: 't' }, true, caller);
  expect(typeless.body).toBe('token=t&client_id=c-1');
});

test('looks a token up without a hint', async () => {
  const request = await introspectionRequest(endpoint, job, caller);
  expect(request).toMatchObject({ method: 'POST', body: `${encodedToken}&client_id=c-1` });
});

test('form-encodes Basic credentials before joining them (RFC 6749 §2.3.1)', async () => {
  const authentication = ClientSecretBasic('s:e c%é');
  const { headers, body } = await introspectionRequest(endpoint, job, {
    ...caller,
    clientId: 'c-1:x',
    authentication,
  });
  const credentials = Buffer.from('c%2D1%3Ax:s%3Ae+c%25%C3%A9').toString('base64');
  expect(headers.authorization).toBe(`Basic ${credentials}`);
  expect(body).toBe(encodedToken);
});

test('sends posted credentials in the body alone', async () => {
  const authentication = ClientSecretPost('s&c');
  const { headers, body } = await revocationRequest(endpoint, job, false, {
    ...caller,
    authentication,
  });
  expect(headers).not.toHaveProperty('authorization');
  expect(body).toBe(`${encodedToken}&client_id=c-1&client_secret=s%26c`);
});
