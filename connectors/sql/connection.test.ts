import assert from 'node:assert/strict';
import { test } from 'node:test';
import mysql from '../mysql/index.js';
import postgres from '../postgres/index.js';

test('the address of another system, or one that cannot be read, is refused before anything runs', () => {
  for (const { name, source, sink } of [postgres, mysql]) {
    for (const [url, isRight] of [
      [`${name}://app:50%25@host:1/shop`, true],
      ['redis://app:secret@host/shop', false],
      [`${name}://app:50%off@host/shop`, false],
    ] as const) {
      const read = source?.spec.safeParse({ url, mode: 'incrementing', table: 't', column: 'id' });
      const written = sink?.spec.safeParse({ url });
      assert.deepEqual([read?.success, written?.success], [isRight, isRight], url);
      for (const { error } of [read ?? assert.fail(), written ?? assert.fail()])
        assert.doesNotMatch(JSON.stringify(error?.issues ?? ''), /secret|50%off/);
    }
  }
});
