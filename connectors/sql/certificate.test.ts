import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mysqlError } from '../mysql/mysql-error.js';
import { postgresError } from '../postgres/postgres-error.js';

test('a certificate that is not trusted is for a person to mend, and is not tried again', () => {
  const untrusted = Object.assign(new Error('unable to verify the first certificate'), {
    code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  });
  for (const errorOf of [postgresError, mysqlError]) {
    const error = errorOf('cannot connect', untrusted);
    assert.deepEqual([error.code, error.retryable], ['config', false]);
    assert.match(error.hint ?? '', /tls\.ca_file/);
  }
});

test('a connection that is refused is tried again', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  for (const errorOf of [postgresError, mysqlError]) assert.ok(errorOf('cannot connect', refused).retryable);
});
