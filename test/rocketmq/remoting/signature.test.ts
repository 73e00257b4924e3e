import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sign } from '../../../src/rocketmq/remoting/signature.js';

const credentials = { accessKey: 'access', secretKey: 'secret' };

test('signs the values in the order of their names, then the body', () => {
  const body = Buffer.from('body');
  const signed = sign({ topic: 'T', b: '2', Z: '1' }, body, credentials);
  // printf access12Tbody | openssl dgst -sha1 -hmac secret -binary | base64
  assert.deepEqual(signed, {
    topic: 'T',
    b: '2',
    Z: '1',
    AccessKey: 'access',
    Signature: 'v2vQdVyUR/57NauyrWe7ECq+hcQ=',
  });
});

test('depends on every part', () => {
  const signatures = [
    sign({ a: '1' }, undefined, credentials),
    sign({ a: '2' }, undefined, credentials),
    sign({ a: '1' }, Buffer.from('x'), credentials),
    sign({ a: '1' }, undefined, { ...credentials, secretKey: 'other' }),
  ].map(({ Signature }) => Signature);
  assert.equal(new Set(signatures).size, signatures.length);
});
