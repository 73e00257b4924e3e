import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainStyle } from '../../src/cli/style.js';
import { table } from '../../src/cli/table.js';

test('columns are as wide as their widest cell, numbers end at the right', () => {
  const text = table(
    [{ title: 'topic' }, { title: 'messages', align: 'right' }, { title: 'note' }],
    [
      ['a', '7', ''],
      ['access-log', '1,234,567', 'new'],
    ],
    plainStyle,
  );
  assert.equal(
    text,
    ['TOPIC        MESSAGES  NOTE', 'a                   7', 'access-log  1,234,567  new'].join('\n'),
  );
});

test('colours take no room', () => {
  const red = '\x1b[31mno\x1b[39m';
  const text = table(
    [{ title: 'a' }, { title: 'b' }],
    [
      [red, 'x'],
      ['yes', 'y'],
    ],
    plainStyle,
  );
  assert.equal(text, `A    B\n${red}   x\nyes  y`);
});
