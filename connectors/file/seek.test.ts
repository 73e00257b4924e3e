import assert from 'node:assert/strict';
import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Position } from '../../src/sdk/index.js';
import { filePosition } from './position.js';
import { Reading } from './reading.test.helper.js';
import { seek } from './seek.js';
import { sourceSpec } from './spec.js';
import { temporaryFolder } from './temporary-folder.test.helper.js';

const config = { path: ['*.log', '*.gz', 'later'], poll_ms: 20 };

it('goes to the end: what was there is not read, what is added is, a line under way whole', async (t) => {
  const baseDir = await temporaryFolder(t);
  const at = (name: string): string => join(baseDir, name);
  await writeFile(at('ended.log'), 'one\ntwo\n');
  await writeFile(at('under-way.log'), 'first\nunder w');
  await writeFile(at('started.log'), 'no newline');
  await writeFile(at('empty.log'), '');
  await writeFile(at('packed.gz'), gzipSync('packed\nno newline'));
  await writeFile(at('long.log'), `${'x'.repeat(300_000)}\n${'y'.repeat(300_000)}\n`);
  const places = await seek(sourceSpec.parse(config), 'latest', { baseDir });
  assert.deepEqual(
    [...places].map(([partition, place]) => [partition, place?.offset ?? null, place?.line ?? null]),
    [
      ['empty.log', null, null],
      ['ended.log', 8, 2],
      ['later', null, null],
      ['long.log', 600_002, 2],
      ['packed.gz', 17, 2],
      ['started.log', null, null],
      ['under-way.log', 6, 1],
    ],
  );
  const positions = new Map<string, Position>();
  for (const [partition, place] of places)
    if (place !== null) positions.set(partition, filePosition.parse(place));
  await appendFile(at('ended.log'), 'three\n');
  await appendFile(at('under-way.log'), 'ay\n');
  await appendFile(at('started.log'), ' yet\n');
  await writeFile(at('later'), 'new\n');
  const reading = await Reading.open(t, baseDir, config, { once: true, positions });
  assert.deepEqual([...(await reading.toEnd())].sort(), [
    'ended.log: three',
    'later: new',
    'started.log: no newline yet',
    'under-way.log: under way',
  ]);
  assert.deepEqual(reading.warnings, []);
});

it('goes to the start of every file', async (t) => {
  const baseDir = await temporaryFolder(t);
  await writeFile(join(baseDir, 'a.log'), 'one\n');
  const places = await seek(sourceSpec.parse(config), 'earliest', { baseDir });
  assert.deepEqual(
    [...places],
    [
      ['a.log', null],
      ['later', null],
    ],
  );
});
