import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { plugins } from '../../connectors/index.js';
import { jobJsonSchema } from '../../src/job/schema.js';
import { vault } from './vault-plugin.js';

const good = `
name: quickstart
rocketmq: { nameserver: "127.0.0.1:9876", access_key: "\${A}", secret_key: "\${B}" }
topic_queues: "\${QUEUES:-4}"
connectors:
  read-log:
    source: file
    topic: access-log
    tasks: 2
    format: text
    order: partition
    transforms:
      - filter: { field: value, matches: ERROR, keep: false }
      - insert: { headers: { from: here }, key: "{value}" }
    config: { path: ["./logs/*.log"], follow: false, poll_ms: "\${POLL}" }
  make:
    source: generate
    topic: made
    config: { template: { id: "{n}", more: [1, { a: null }] }, rate: unlimited }
  archive:
    sink: file
    topics: [access-log]
    group: connect-archive
    from: earliest
    config: { path: ./out/archive.txt }
  print: { sink: console, topic: made }
`;

const schema = await jobJsonSchema({ ...plugins, vault: () => Promise.resolve(vault) });
const validator = z.fromJSONSchema(schema);

const accepts = (text: string): boolean => validator.safeParse(parse(text)).success;

test('the schema takes a job that uses what there is', () => {
  const result = validator.safeParse(parse(good));
  assert.ok(result.success, JSON.stringify(result.error?.issues, null, 1));
});

test('the schema refuses what the check refuses', () => {
  const replaced: readonly (readonly [string, string])[] = [
    ['source: file', 'source: flie'],
    ['tasks: 2', 'tasks: 257'],
    ['tasks: 2', 'task: 2'],
    ['order: partition', 'order: any'],
    ['follow: false', 'follow: maybe'],
    ['path: ["./logs/*.log"], ', ''],
    ['order: partition', 'group: x'],
    ['matches: ERROR', 'matches: 5'],
    ['filter:', 'flter:'],
    ['topic: access-log', 'topics: [access-log]'],
    ['    topics: [access-log]\n', ''],
    ['rate: unlimited', 'rate: fast'],
    ['nameserver:', 'nameservers:'],
    ['name: quickstart', 'nam: quickstart'],
    ['sink: console', 'sink: cnsole'],
    ['topic: made', 'topic: made up'],
    ['group: connect-archive', 'group: a.b'],
    ['topics: [access-log]', 'topics: [access log]'],
  ];
  for (const [from, to] of replaced) {
    assert.ok(good.includes(from), from);
    assert.ok(!accepts(good.replace(from, to)), `${from} → ${to}`);
  }
});

test('every reference leads to a definition', () => {
  const definitions = new Set(Object.keys(schema.$defs as object));
  const references = [...JSON.stringify(schema).matchAll(/"\$ref":"#\/\$defs\/([^"]*)"/g)];
  assert.ok(references.length > 0);
  for (const [, name = ''] of references) assert.ok(definitions.has(name), name);
});
