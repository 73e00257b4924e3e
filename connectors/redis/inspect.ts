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
import { readingCommands, writingCommands, type Asked } from './rights.js';
import { Link, type Connection } from './link.js';
import type { RedisSinkConfig, RedisSourceConfig } from './spec.js';

/** The kind of key that a mode takes. Channels are no keys. */
const kinds = {
  stream: 'stream',
  list: 'list',
  set: 'set',
  string: 'string',
  hash: 'hash',
  pubsub: null,
} as const;

export async function* inspectSource(config: RedisSourceConfig, context: InspectContext): Findings {
  yield* connected(config, context, async function* (link) {
    const kind = kinds[config.mode];
    for (const key of config.keys) {
      if (kind !== null)
        yield await keyFinding(link, key, kind, 'nothing is there yet; it is read when it appears');
    }
    yield* await rightsFindings(
      link,
      config.keys.flatMap((key) => readingCommands(config, key, context.connector)),
    );
  });
}

export async function* inspectSink(config: RedisSinkConfig, context: SinkInspectContext): Findings {
  yield* connected(config, context, async function* (link) {
    const kind = kinds[config.mode];
    const keys =
      config.key === undefined
        ? defaultKeys(config, context.topics)
        : textsByTopic(config.key, context.topics);
    if (keys === null) {
      yield fine('the records decide the keys: they are not looked at');
      return;
    }
    for (const key of keys) {
      if (kind !== null) yield await keyFinding(link, key, kind, 'nothing is there yet; it is made');
    }
    yield* await rightsFindings(
      link,
      keys.flatMap((key) => writingCommands(config, key)),
    );
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
async function rightsFindings(link: Link, asked: readonly Asked[]): Promise<readonly Finding[]> {
  const commands = [...new Set(asked.map(({ command }) => command))].join(', ');
  try {
    const user = String(await link.call('ACL', 'WHOAMI'));
    const denied: Finding[] = [];
    for (const { command, args, places } of asked) {
      const answer = String(await link.call('ACL', 'DRYRUN', user, command, ...args));
      if (!answer.includes('permission')) continue;
      // It says which of the two it is; a pattern that adds nothing is refused.
      const rules = answer.includes(' run ') ? [`+${command.toLowerCase()}`] : places;
      denied.push(
        problem(
          `user ${user} may not ${command} ${places.map((place) => place.slice(1)).join(', ')}`,
          `ACL SETUSER ${user} ${rules.join(' ')}`,
        ),
      );
    }
    return denied.length === 0 ? [fine(`user ${user} may ${commands}`)] : denied;
  } catch (error) {
    if (error instanceof ConnectorError && error.code !== 'unreachable')
      return [fine(`whether it may ${commands}, Redis tells this user only when it does`)];
    throw error;
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
