import {
  ConnectorError,
  fine,
  problem,
  textsByTopic,
  warning,
  type Finding,
  type Findings,
  type InspectContext,
  type SinkInspectContext,
} from '../../src/sdk/index.js';
import { processingKey } from './list-task.js';
import { Link, type Connection } from './link.js';
import type { RedisSinkConfig, RedisSourceConfig } from './spec.js';

/** The kind of key, and the commands, that a mode takes. Channels are no keys. */
const modes = {
  stream: { type: 'stream', reads: ['XREAD'], writes: ['XADD'] },
  list: { type: 'list', reads: ['LMOVE'], writes: ['RPUSH'] },
  set: { type: 'set', reads: [], writes: ['SADD'] },
  string: { type: 'string', reads: [], writes: ['SET'] },
  hash: { type: 'hash', reads: [], writes: ['HSET'] },
  pubsub: { type: null, reads: ['SUBSCRIBE'], writes: ['PUBLISH'] },
} as const;

export async function* inspectSource(config: RedisSourceConfig, context: InspectContext): Findings {
  yield* connected(config, context, async function* (link) {
    const { type, reads } = modes[config.mode];
    const commands: readonly string[] =
      config.mode === 'stream' && config.group !== undefined ? ['XREADGROUP', 'XACK', 'XGROUP'] : reads;
    for (const key of config.keys) {
      if (type !== null)
        yield await keyFinding(link, key, type, 'nothing is there yet; it is read when it appears');
    }
    yield* await rightsFindings(link, commands, config.keys, context);
  });
}

export async function* inspectSink(config: RedisSinkConfig, context: SinkInspectContext): Findings {
  yield* connected(config, context, async function* (link) {
    const { type, writes } = modes[config.mode];
    const keys =
      config.key === undefined
        ? defaultKeys(config, context.topics)
        : textsByTopic(config.key, context.topics);
    if (keys === null) {
      yield fine('the records decide the keys: they are not looked at');
      return;
    }
    for (const key of keys) {
      if (type !== null) yield await keyFinding(link, key, type, 'nothing is there yet; it is made');
    }
    yield* await rightsFindings(link, writes, keys, context);
  });
}

/** Strings and hashes have a key each. */
const defaultKeys = ({ mode }: RedisSinkConfig, topics: readonly string[]): readonly string[] | null =>
  mode === 'string' || mode === 'hash' ? null : topics;

async function* connected(
  config: Connection,
  context: InspectContext,
  look: (link: Link) => Findings,
): Findings {
  const timeout = Math.min(config.timeout_ms, context.timeoutMs);
  const link = new Link({ ...config, timeout_ms: timeout }, context);
  try {
    await link.client();
    const version = await unlessDenied(async () => String(await link.call('INFO', 'server')));
    const told = /redis_version:(\S+)/.exec(version ?? '')?.[1];
    yield fine(`connected to ${link.where}${told === undefined ? '' : ` (Redis ${told})`}`);
    yield* look(link);
  } finally {
    await link.close();
  }
}

async function keyFinding(link: Link, key: string, type: string, absent: string): Promise<Finding> {
  const there = await unlessDenied(async () => String(await link.call('TYPE', key)));
  if (there === null) return warning(`what ${key} holds cannot be told: the user may not ask for its TYPE`);
  if (there === 'none') return fine(`${key}: ${absent}`);
  if (there === type) return fine(`${key} is a ${type}`);
  return problem(
    `${key} is a ${there}, and a ${type} is needed`,
    'choose another key, or the mode that fits it',
  );
}

/** Redis tells what a user may do only whoever may ask (ACL DRYRUN, since 7). */
async function rightsFindings(
  link: Link,
  commands: readonly string[],
  keys: readonly string[],
  { connector }: InspectContext,
): Promise<readonly Finding[]> {
  try {
    const user = String(await link.call('ACL', 'WHOAMI'));
    const denied = [];
    for (const command of commands) {
      for (const key of keys) {
        const answer = String(
          await link.call('ACL', 'DRYRUN', user, command, ...argumentsOf(command, key, connector)),
        );
        if (!answer.includes('permission')) continue;
        // It says which of the two it is; a pattern that adds nothing is refused.
        const rule = answer.includes(' run ')
          ? `+${command.toLowerCase()}`
          : `${isChannel(command) ? '&' : '~'}${key}`;
        denied.push({ command, key, rule });
      }
    }
    if (denied.length === 0) return [fine(`user ${user} may ${commands.join(', ')}`)];
    return denied.map(({ command, key, rule }) =>
      problem(`user ${user} may not ${command} ${key}`, `ACL SETUSER ${user} ${rule}`),
    );
  } catch (error) {
    if (error instanceof ConnectorError && error.code !== 'unreachable')
      return [fine(`whether it may ${commands.join(', ')}, Redis tells this user only when it does`)];
    throw error;
  }
}

const isChannel = (command: string): boolean => command === 'PUBLISH' || command === 'SUBSCRIBE';

/** As many as the command takes: with fewer it is not looked at. */
function argumentsOf(command: string, key: string, connector: string): readonly string[] {
  switch (command) {
    case 'XREAD':
      return ['STREAMS', key, '0'];
    case 'XREADGROUP':
      return ['GROUP', 'g', 'c', 'STREAMS', key, '>'];
    case 'XACK':
      return [key, 'g', '0-1'];
    case 'XGROUP':
      return ['CREATE', key, 'g', '0'];
    case 'XADD':
      return [key, '*', 'value', ''];
    case 'LMOVE':
      return [key, processingKey(key, connector), 'LEFT', 'RIGHT'];
    case 'HSET':
      return [key, 'field', ''];
    case 'SUBSCRIBE':
      return [key];
    default:
      return [key, ''];
  }
}

async function unlessDenied<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'denied') return null;
    throw error;
  }
}
