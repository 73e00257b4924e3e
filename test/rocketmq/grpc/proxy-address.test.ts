import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressScheme } from '../../../src/rocketmq/grpc/client-package.js';
import {
  addressText,
  endpointsOf,
  grpcTarget,
  parseProxyAddress,
} from '../../../src/rocketmq/grpc/proxy-address.js';

test('addresses of all kinds, and what gRPC and the client make of them', () => {
  const texts = ['127.0.0.1:8081', '[::1]:8081', 'proxy.example:8443'];
  const addresses = texts.map(parseProxyAddress);
  assert.deepEqual(addresses.map(addressText), texts);
  assert.deepEqual(addresses.map(grpcTarget), [
    'ipv4:127.0.0.1:8081',
    'ipv6:[::1]:8081',
    'dns:proxy.example:8443',
  ]);
  const [first, second] = addresses;
  assert.ok(first !== undefined && second !== undefined);
  assert.equal(endpointsOf([second]).scheme, AddressScheme.IPV6);
  assert.deepEqual(endpointsOf([second]).addressesList, [{ host: '::1', port: 8081 }]);
  assert.equal(endpointsOf([first, second]).scheme, AddressScheme.DOMAIN_NAME);
  for (const wrong of ['::1:8081', 'host', 'http://host:1', '[host]:1']) {
    assert.throws(() => parseProxyAddress(wrong), { code: 'invalid' });
  }
});
