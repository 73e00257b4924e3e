/** The routes of Apache RocketMQ Connect, with its envelope and names. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flatOf } from '../../src/api/rocketmq/translate.js';
import { lifeOfRocketmq } from './whole-life.js';

test('the life of two connectors as the scripts for the Java worker have it', (t) => lifeOfRocketmq(t));

test('a mirror is neither a source nor a sink there', () => {
  const to = { name: 'west', nameserver: '127.0.0.1:9976' };
  assert.deepEqual(flatOf({ mirror: 'rocketmq', tasks: 2, config: { to, topics: ['a', 'b'] } }), {
    'connector.class': 'RocketmqMirrorConnector',
    'max.tasks': '2',
    to: JSON.stringify(to),
    topics: 'a;b',
  });
});
