import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { z } from 'zod';
import { tlsField, urlField } from '../../src/sdk/index.js';

const complaints = (spec: z.ZodType, value: unknown): readonly string[] =>
  (spec.safeParse(value).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);

test('an address is of the right kind, and its user and password can be read', () => {
  const field = urlField(['redis:', 'rediss:'], 'Where it is.');
  assert.deepEqual(complaints(field, 'redis://user:50%25@host:6379/0'), []);
  assert.match(complaints(field, 'http://host').join(), /begins with redis:\/\/ or rediss:\/\//);
  const [unreadable = ''] = complaints(field, 'redis://user:50%off@host');
  assert.match(unreadable, /has a % that/);
  assert.doesNotMatch(unreadable, /50%off/);
  assert.deepEqual(complaints(urlField(['https:'], 'Where it is.'), 'https://host/caf%E9?x=100%'), []);
});

test('a certificate comes with its key', () => {
  assert.deepEqual(complaints(tlsField, undefined), []);
  assert.deepEqual(complaints(tlsField, {}), []);
  assert.deepEqual(complaints(tlsField, { cert_file: 'a.pem', key_file: 'b.pem' }), []);
  assert.match(complaints(tlsField, { cert_file: 'a.pem' }).join(), /^key_file: is missing/);
  assert.match(complaints(tlsField, { key_file: 'a.pem' }).join(), /^cert_file: is missing/);
});
