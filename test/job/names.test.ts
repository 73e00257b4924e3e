import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAddress, parseNameservers } from '../../src/job/address.js';
import { groupComplaint, nameComplaint, topicComplaint, writtenTopicComplaint } from '../../src/job/names.js';
import { didYouMean, nearest } from '../../src/job/nearest.js';
import { parseStart } from '../../src/job/start-time.js';

test('names of jobs and connectors', () => {
  for (const name of ['a', 'A-1_b', 'x'.repeat(64)]) assert.equal(nameComplaint(name), null, name);
  for (const name of ['', 'a.b', 'a b', 'ä', 'x'.repeat(65)]) assert.ok(nameComplaint(name), name);
});

test('topics and groups are what RocketMQ takes', () => {
  for (const topic of ['a', '%RETRY%g', 'a|b_c-1', 't'.repeat(127), `%DLQ%${'g'.repeat(120)}`, 'TBW102']) {
    assert.equal(topicComplaint(topic), null, topic);
  }
  for (const topic of ['', 'a.b', 'a b', 't'.repeat(128), `%RETRY%${'g'.repeat(249)}`]) {
    assert.ok(topicComplaint(topic), topic);
  }
  for (const topic of ['TBW102', 'rmq_sys_x', 'SCHEDULE_TOPIC_XXXX'])
    assert.ok(writtenTopicComplaint(topic), topic);
  assert.equal(groupComplaint('g'.repeat(120)), null);
  for (const group of ['g'.repeat(121), 'a.b', 'CID_RMQ_SYS_x', 'TOOLS_CONSUMER'])
    assert.ok(groupComplaint(group), group);
});

test('addresses', () => {
  const good: readonly (readonly [string, string])[] = [
    ['127.0.0.1', '127.0.0.1:9876'],
    ['mq.example.org:1', 'mq.example.org:1'],
    ['broker_a', 'broker_a:9876'],
    ['[::1]', '[::1]:9876'],
    ['[fe80::1]:65535', '[fe80::1]:65535'],
  ];
  for (const [given, address] of good) assert.deepEqual(parseAddress(given, 9876), { address });
  const bad = [
    '',
    'a:',
    'a:0',
    'a:65536',
    'a:1:2',
    '::1',
    '[::g]:1',
    '[]:1',
    '1.2.3',
    '256.1.1.1',
    'a b',
    '-a',
    'http://a',
    ':9',
  ];
  for (const given of bad) assert.ok('complaint' in parseAddress(given, 9876), given);
  assert.ok('complaint' in parseAddress('a'));
  assert.deepEqual(parseNameservers('a; b:1 ;'), { addresses: ['a:9876', 'b:1'] });
  assert.ok('complaint' in parseNameservers(';'));
});

test('times to start from', () => {
  assert.equal(parseStart('latest'), 'latest');
  assert.equal(parseStart('2026-01-31'), Date.UTC(2026, 0, 31));
  assert.equal(parseStart('2026-01-31 08:00'), Date.UTC(2026, 0, 31, 8));
  assert.equal(parseStart('2026-01-31T08:00:01.5+0130'), Date.UTC(2026, 0, 31, 6, 30, 1, 500));
  assert.equal(parseStart(1_769_846_400_000), 1_769_846_400_000);
  assert.equal(parseStart('1769846400000'), 1_769_846_400_000);
  for (const given of [
    'Earliest',
    '2026-13-01',
    '2026-02-30',
    '2026-01-31T24:01',
    0,
    -1,
    1.5,
    1_769_846_400,
  ]) {
    assert.equal(typeof parseStart(given), 'object', String(given));
  }
});

test('the name that was probably meant', () => {
  const known = ['path', 'follow', 'max_line_bytes', 'topics'];
  assert.equal(nearest('paht', known), 'path');
  assert.equal(nearest('maxLineBytes', known), 'max_line_bytes');
  assert.equal(nearest('topic', known), 'topics');
  assert.equal(nearest('colour', known), undefined);
  assert.equal(didYouMean('colour', ['a', 'b']), 'known: a, b');
  assert.equal(didYouMean('x', []), undefined);
});
