import {
  ConnectorError,
  objectOf,
  recordTemplate,
  type JsonObject,
  type SinkRecord,
  type Template,
} from '../../src/sdk/index.js';
import { headerPrefix } from './entry.js';
import type { Command } from './link.js';
import type { RedisSinkConfig } from './spec.js';

/** The commands that write a record; none where there is nothing to write. Throws `bad_data`. */
export function commandMaker(config: RedisSinkConfig): (record: SinkRecord) => readonly Command[] {
  const { mode, expire_ms: expireMs } = config;
  const key = config.key ?? recordTemplate.parse(keyed.has(mode) ? '{topic}:{key}' : '{topic}');
  const write = writers[mode];
  return (record) => {
    const its = key.text(record);
    const commands = write(its, record, config);
    const expires = expireMs !== undefined && mode !== 'string' && commands.length > 0;
    return expires ? [...commands, ['PEXPIRE', its, expireMs]] : commands;
  };
}

const keyed: ReadonlySet<RedisSinkConfig['mode']> = new Set(['string', 'hash']);

type Writer = (key: string, record: SinkRecord, config: RedisSinkConfig) => readonly Command[];

const writers: Readonly<Record<RedisSinkConfig['mode'], Writer>> = {
  stream: (key, record, { entry, max_length: most }) => {
    const limit = most === undefined ? [] : ['MAXLEN', '~', most];
    const fields = entry === 'fields' ? fieldsOf(record) : wholeEntry(record);
    return [['XADD', key, ...limit, '*', ...fields]];
  },
  list: (key, record, { max_length: most }) => {
    const push: Command = ['RPUSH', key, bodyOf(record)];
    return most === undefined ? [push] : [push, ['LTRIM', key, -most, -1]];
  },
  set: (key, record) => [['SADD', key, bodyOf(record)]],
  string: (key, record, { expire_ms: expireMs }) => {
    if (record.value === null) return [['DEL', key]];
    return [['SET', key, record.body, ...(expireMs === undefined ? [] : ['PX', expireMs])]];
  },
  hash: (key, record, { field }) => {
    if (field !== undefined) return oneField(key, record, field);
    return [record.value === null ? ['DEL', key] : ['HSET', key, ...fieldsOf(record)]];
  },
  pubsub: (key, record) => [['PUBLISH', key, bodyOf(record)]],
};

function oneField(key: string, record: SinkRecord, field: Template<SinkRecord>): readonly Command[] {
  const name = field.text(record);
  return [record.value === null ? ['HDEL', key, name] : ['HSET', key, name, record.body]];
}

function bodyOf({ value, body }: SinkRecord): Buffer {
  if (value === null) throw new ConnectorError('bad_data', 'the record has no value', { hint: withoutValue });
  return body;
}

const withoutValue = 'keep such records out with filter: {field: value, exists: true}';

/** Fields as the source takes them with `entry: value`. */
function wholeEntry({ value, body, key, headers }: SinkRecord): readonly (string | Buffer)[] {
  const fields: (string | Buffer)[] = value === null ? [] : ['value', body];
  if (key !== undefined) fields.push('key', key);
  for (const [name, text] of Object.entries(headers)) fields.push(headerPrefix + name, text);
  if (fields.length > 0) return fields;
  throw new ConnectorError('bad_data', 'the record has neither value nor key', { hint: withoutValue });
}

/** Each field of an object: text as it is, null as nothing, the rest as JSON. */
function fieldsOf({ value }: SinkRecord): readonly string[] {
  if (value === null) {
    throw new ConnectorError('bad_data', 'the record has no value', { hint: withoutValue });
  }
  const object: JsonObject = objectOf(value, 'to write');
  const fields = Object.entries(object).flatMap(([name, its]) => {
    if (its === null) return [];
    return [name, typeof its === 'string' ? its : JSON.stringify(its)];
  });
  if (fields.length > 0) return fields;
  throw new ConnectorError('bad_data', 'the value has no fields to write');
}
