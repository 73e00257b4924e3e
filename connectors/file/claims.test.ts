import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Claims } from './claims.js';

const identity = (inode: string, head: string) => ({ inode, head, head_bytes: 256 });

it('a file that got the inode number of an earlier one is known by its own head', () => {
  const claims = new Claims();
  const [now, before, longBefore] = [identity('1:7', 'c'), identity('1:8', 'b'), identity('1:7', 'a')];
  const file = { ...now, earlier: [before, longBefore] };
  claims.remember('app.log', { offset: 10, line: 1, file });
  assert.deepEqual(claims.byOther('app.log.1', '1:7'), [now]);
  assert.deepEqual(claims.byOther('app.log.1', '1:8'), [before]);
  assert.deepEqual(claims.byOther('app.log', '1:7'), []);
});
