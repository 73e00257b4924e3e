import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import type { Adopted, JsonObject } from '../../src/sdk/index.js';
import { adopt } from './adopt.js';
import { Reading } from './reading.test.helper.js';
import { sourceSpec } from './spec.js';
import { temporaryFolder } from './temporary-folder.test.helper.js';

it('takes over where Apache RocketMQ Connect stood, which counts characters', async (t) => {
  const baseDir = await temporaryFolder(t);
  const lines = ['plain', 'grüße', '日本 🙂', 'last'];
  await writeFile(join(baseDir, 'a.log'), `${lines.join('\n')}\n`);
  const config = { path: '*.log' };
  const asked = (filename: string, offset: JsonObject): Promise<Adopted> =>
    adopt(sourceSpec.parse(config), { partition: { filename }, offset }, { baseDir });

  let characters = 0;
  for (const [index, line] of lines.entries()) {
    characters += line.length + 1;
    const adopted = await asked(join(baseDir, 'a.log'), { nextPosition: String(characters) });
    assert.ok(adopted.partition === 'a.log' && adopted.note === null);
    const positions = new Map([['a.log', adopted.position]]);
    const reading = await Reading.open(t, baseDir, config, { once: true, positions });
    assert.deepEqual(
      (await reading.toEnd()).map((text) => text.slice(7)),
      lines.slice(index + 1).map((text) => Buffer.from(text).toString('latin1')),
    );
  }

  const inside = await asked('a.log', { nextPosition: 8 });
  assert.equal(inside.note, '8 characters end within line 2, which comes again');
  assert.deepEqual(await asked('a.log', { nextPosition: 0 }), {
    partition: 'a.log',
    position: null,
    note: null,
  });
  assert.match((await asked('a.log', { nextPosition: 1_000 })).note ?? '', /only 23 of 1000/);
  assert.match((await asked('b.txt', { nextPosition: 1 })).note ?? '', /none of the files/);
  assert.match((await asked('a.log', { binlog: 'x' })).note ?? '', /no position of a file/);
});
