import { processingKey } from './list-task.js';
import { isPattern } from './reading.js';
import type { RedisSinkConfig, RedisSourceConfig } from './spec.js';

/** A command as Redis is asked whether a user may: with as many arguments as it takes, else it does not look at it. */
export interface Asked {
  readonly command: string;
  readonly args: readonly string[];
  /** What it touches, as rules of an ACL. */
  readonly places: readonly string[];
}

const onKeys =
  (...keys: readonly string[]) =>
  (command: string, ...args: readonly string[]): Asked => ({
    command,
    args,
    places: keys.map((key) => `~${key}`),
  });

/** All that a source does to a key, or a channel. */
export function readingCommands(
  { mode, group, after }: RedisSourceConfig,
  key: string,
  connector: string,
): readonly Asked[] {
  const on = onKeys(key);
  switch (mode) {
    case 'stream': {
      const deletes = after === 'delete' ? [on('XDEL', key, '0-1')] : [];
      return group === undefined
        ? [
            on('XREAD', 'STREAMS', key, '0'),
            on('XINFO', 'STREAM', key),
            on('XRANGE', key, '-', '+'),
            ...deletes,
          ]
        : [
            on('XREADGROUP', 'GROUP', 'g', 'c', 'STREAMS', key, '>'),
            on('XACK', key, 'g', '0-1'),
            on('XGROUP', 'CREATE', key, 'g', '0'),
            on('XAUTOCLAIM', key, 'g', 'c', '1', '0-0'),
            ...deletes,
          ];
    }
    case 'list': {
      const beside = processingKey(key, connector);
      const onBoth = onKeys(key, beside);
      const onBeside = onKeys(beside);
      return [
        onBoth('LMOVE', key, beside, 'LEFT', 'RIGHT'),
        onBoth('BLMOVE', key, beside, 'LEFT', 'RIGHT', '1'),
        onBeside('LRANGE', beside, '0', '-1'),
        onBeside('LREM', beside, '1', ''),
        on('LLEN', key),
      ];
    }
    case 'pubsub': {
      const command = isPattern(key) ? 'PSUBSCRIBE' : 'SUBSCRIBE';
      return [{ command, args: [key], places: [`&${key}`] }];
    }
  }
}

/** All that a sink does to a key, or a channel. */
export function writingCommands(
  { mode, field, max_length: most, expire_ms: expireMs }: RedisSinkConfig,
  key: string,
): readonly Asked[] {
  const on = onKeys(key);
  const expires = expireMs === undefined || mode === 'string' ? [] : [on('PEXPIRE', key, '1')];
  switch (mode) {
    case 'stream':
      return [on('XADD', key, '*', 'value', ''), ...expires];
    case 'list':
      return [on('RPUSH', key, ''), ...(most === undefined ? [] : [on('LTRIM', key, '0', '-1')]), ...expires];
    case 'set':
      return [on('SADD', key, ''), ...expires];
    case 'string':
      return [on('SET', key, ''), on('DEL', key)];
    case 'hash':
      return [
        on('HSET', key, 'field', ''),
        field === undefined ? on('DEL', key) : on('HDEL', key, 'field'),
        ...expires,
      ];
    case 'pubsub':
      return [{ command: 'PUBLISH', args: [key, ''], places: [`&${key}`] }];
  }
}
