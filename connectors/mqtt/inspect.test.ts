import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutShare } from './inspect.js';

test('a look takes no part in a shared subscription', () => {
  assert.equal(withoutShare('$share/workers/plant/+/temperature'), 'plant/+/temperature');
  assert.equal(withoutShare('plant/#'), 'plant/#');
  assert.equal(withoutShare('$SYS/share/x'), '$SYS/share/x');
});
