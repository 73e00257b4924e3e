import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { z } from 'zod';
import { sinkSpec, sourceSpec } from './spec.js';

/** The fields that are complained of. */
const complaints = (spec: z.ZodType, config: object): readonly string[] =>
  (spec.safeParse(config).error?.issues ?? []).map(({ path }) => path.join('.'));

test('TLS settings that would do nothing are refused', () => {
  const files = { cert_file: 'cert.pem', key_file: 'key.pem' };
  const poll = { mode: 'poll', tls: { ca_file: 'ca.pem' } };
  assert.deepEqual(complaints(sourceSpec, { ...poll, url: 'http://host/' }), ['tls']);
  assert.deepEqual(complaints(sourceSpec, { ...poll, url: 'https://host/' }), []);
  assert.deepEqual(complaints(sinkSpec, { url: 'HTTP://host/{key}', tls: {} }), ['tls']);
  assert.deepEqual(complaints(sinkSpec, { url: 'https://host/{key}', tls: {} }), []);
  assert.deepEqual(complaints(sinkSpec, { url: '{header.url}', tls: {} }), []);
  assert.deepEqual(complaints(sourceSpec, { listen: '80', tls: {} }), ['tls.cert_file']);
  assert.deepEqual(complaints(sourceSpec, { listen: '80', tls: { ...files, ca_file: 'ca.pem' } }), [
    'tls.ca_file',
  ]);
  assert.deepEqual(complaints(sourceSpec, { listen: '80', tls: files }), []);
});

test('a port is one', () => {
  assert.deepEqual(complaints(sourceSpec, { listen: '127.0.0.1:65536' }), ['listen']);
  assert.deepEqual(complaints(sourceSpec, { listen: '[::1]:65535' }), []);
});

test('user and password of an address can be read', () => {
  assert.deepEqual(complaints(sinkSpec, { url: 'https://me:50%off@host/{key}' }), ['url']);
  assert.deepEqual(complaints(sinkSpec, { url: 'https://me:50%25@host/100%/{key}' }), []);
});
