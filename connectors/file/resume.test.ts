import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { JsonObject, Position, SourceRecord } from '../../src/sdk/index.js';
import { source } from './source.js';
import { temporaryFolder } from './temporary-folder.test.helper.js';

/** Repeatable: a failure names its round. */
function randomOf(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const pieces = ['', '\0', '\r', 'é', '日本語', '\r\r', 'plain text ', '🙂', '\u0001', ' '].map((text) =>
  Buffer.from(text),
);

/** Lines of every kind: empty, binary, invalid UTF-8, sometimes one of 1 MiB, sometimes no newline at the end. */
function contentOf(random: (below: number) => number): Buffer {
  const parts: Buffer[] = [];
  for (let line = random(60) * random(80); line > 0; line -= 1) {
    for (let piece = random(5); piece > 0; piece -= 1)
      parts.push(pieces[random(pieces.length)] ?? Buffer.alloc(0));
    if (random(40) === 0) parts.push(Buffer.from([0xff, 0xfe, random(10), 0x80]));
    if (random(900) === 0) parts.push(Buffer.alloc(1024 * 1024, 'm'));
    parts.push(Buffer.from('\n'));
  }
  if (random(2) === 0) parts.push(Buffer.from('no newline'));
  return Buffer.concat(parts);
}

function linesOf(content: Buffer): string[] {
  const lines = content.toString('latin1').split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

const unexpected = (message: string): never => {
  throw new Error(message);
};

async function readAll(baseDir: string, config: JsonObject, from?: Position): Promise<SourceRecord[]> {
  const log = { info: () => undefined, warn: unexpected, error: unexpected };
  const context = { connector: 'test', baseDir, once: true, log, task: 0, anew: () => Promise.resolve() };
  const connector = await source.start(source.spec.parse(config), context);
  const [config0 = {}] = await connector.tasks(1);
  const positions = new Map(from === undefined ? [] : [['data', from]]);
  const task = await connector.open(config0, context, positions);
  const records: SourceRecord[] = [];
  for (;;) {
    const batch = await task.read(AbortSignal.timeout(20_000));
    if (batch === null) break;
    records.push(...batch.records);
  }
  await task.close();
  await connector.close();
  return records;
}

const textOf = ({ value }: SourceRecord): string =>
  Buffer.isBuffer(value) ? value.toString('latin1') : 'no bytes';

for (const compression of ['none', 'gzip'] as const) {
  it(`goes on after any record of any content (${compression})`, { timeout: 120_000 }, async (t) => {
    const baseDir = await temporaryFolder(t);
    for (let round = 1; round <= 25; round += 1) {
      const random = randomOf(round);
      const content = contentOf(random);
      await writeFile(join(baseDir, 'data'), compression === 'gzip' ? gzipSync(content) : content);
      const lines = linesOf(content);
      const records = await readAll(baseDir, { path: 'data', compression });
      assert.deepEqual(records.map(textOf), lines, `round ${round}`);
      for (let cut = 0; cut < 6 && records.length > 0; cut += 1) {
        const index = cut === 0 ? records.length - 1 : random(records.length);
        const position = JSON.parse(JSON.stringify(records[index]?.position)) as Position;
        const rest = await readAll(baseDir, { path: 'data', compression }, position);
        assert.deepEqual(rest.map(textOf), lines.slice(index + 1), `round ${round}, after record ${index}`);
        const numbers = rest.map((record) => (record.position as { line: number }).line);
        assert.deepEqual(
          numbers,
          lines.slice(index + 1).map((_, n) => index + 2 + n),
        );
      }
    }
  });
}
