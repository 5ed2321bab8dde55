import { describe, expect, it } from 'vitest';
import { identifiersOf } from './subject-identifier.ts';

const issuer = 'https://issuer.example.com/';

describe('a subject', () => {
  // The examples of RFC 9493, sections 3.2.1 to 3.2.8.
  it.each([
    [
      { format: 'account', uri: 'acct:example.user@service.example.com' },
      { account: ['acct:example.user@service.example.com'] },
    ],
    [{ format: 'email', email: 'User@EXAMPLE.com' }, { email: ['User@example.com'] }],
    [{ format: 'iss_sub', iss: issuer, sub: '145234573' }, { sub: ['145234573'] }],
    [{ format: 'opaque', id: '11112222333344445555' }, { id: ['11112222333344445555'] }],
    [{ format: 'phone_number', phone_number: '+12065550100' }, { phone_number: ['+12065550100'] }],
    [{ format: 'did', url: 'did:example:123456' }, { did: ['did:example:123456'] }],
    [{ format: 'uri', uri: 'urn:uuid:4e851e98' }, { uri: ['urn:uuid:4e851e98'] }],
    [
      {
        format: 'aliases',
        identifiers: [
          { format: 'email', email: 'user@example.com' },
          { format: 'phone_number', phone_number: '+12065550100' },
          { format: 'email', email: 'user+qualifier@example.com' },
        ],
      },
      {
        email: ['user@example.com', 'user+qualifier@example.com'],
        phone_number: ['+12065550100'],
      },
    ],
    // Shared Signals Framework 1.0, section 3.2.
    [
      {
        format: 'complex',
        user: { format: 'email', email: 'bar@example.com' },
        tenant: { format: 'iss_sub', iss: issuer, sub: '1234' },
      },
      { email: ['bar@example.com'] },
    ],
    // RISC before RFC 9493.
    [{ subject_type: 'iss-sub', iss: issuer, sub: '7375626A656374' }, { sub: ['7375626A656374'] }],
  ])('%j', (subject, identifiers) => {
    expect(identifiersOf(subject, issuer)).toEqual(identifiers);
  });

  it('of another issuer is another person', () => {
    expect(identifiersOf({ format: 'iss_sub', iss: 'https://other', sub: '1' }, issuer)).toEqual(
      {},
    );
  });

  it.each([
    [undefined],
    ['jane'],
    [{ format: 'jwt_id', iss: issuer, jti: '1' }],
    [{ format: 'email' }],
    [{ format: 'complex', session: { format: 'opaque', id: 'session-1' } }],
    [{ format: 'complex', tenant: { format: 'opaque', id: 'tenant-1' } }],
    [{ format: 'aliases', identifiers: [] }],
    [{ format: 'aliases', identifiers: [{ format: 'aliases', identifiers: [] }] }],
  ])('%j names nobody', (subject) => {
    expect(identifiersOf(subject, issuer)).toBeUndefined();
  });
});
