import { describe, expect, test } from 'vitest';
import { isLoopback, isPublic } from './address.ts';

describe('an address', () => {
  test.each([
    '127.0.0.1',
    '127.9.9.9',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '169.254.170.2',
    '100.64.0.1',
    '192.0.0.170',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:10.0.0.1',
    '::ffff:7f00:1',
    '::ffff:0:10.0.0.1',
    '::127.0.0.1',
    '::8.8.8.8',
    '::ffff:8.8.8.8',
    '64:ff9b:1::a00:1',
    '100::1',
    'fec0::1',
    'fe80::1%eth0',
    '2001:2::1',
    '2001:20::1',
    '::ffff:169.254.169.254',
    '64:ff9b::a00:1',
    'fe80::1',
    'fc00::1',
    'fd00:ec2::254',
    'ff02::1',
    '2001:db8::1',
    '2001::1',
    '2002:a00:1::',
    '3fff::1',
    'not an address',
    '',
  ])('%s is not public', (address) => expect(isPublic(address)).toBe(false));

  test.each([
    '8.8.8.8',
    '172.15.255.255',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700::1111',
    '2a00::1',
  ])('%s is public', (address) => expect(isPublic(address)).toBe(true));

  test('is loopback or not', () => {
    for (const address of ['127.0.0.1', '127.1.2.3', '::1']) expect(isLoopback(address)).toBe(true);
    for (const address of ['8.8.8.8', '10.0.0.1', '::', 'x']) {
      expect(isLoopback(address)).toBe(false);
    }
  });
});
