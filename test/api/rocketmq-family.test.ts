/** The routes of Apache RocketMQ Connect, with its envelope and names. */
import { test } from 'node:test';
import { lifeOfRocketmq } from './whole-life.js';

test('the life of two connectors as the scripts for the Java worker have it', (t) => lifeOfRocketmq(t));
