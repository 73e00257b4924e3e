import { schemaOf } from '../../job/outline.js';
import { isObject, type JsonObject, type JsonValue, type PluginRegistry } from '../../sdk/index.js';
import { ApiFailure } from '../failure.js';

/** A configuration of Apache RocketMQ Connect: text by dotted names. */
export type FlatConfig = Readonly<Record<string, string>>;

/** Names of plugins' settings where the Java connector has another one. */
const settings: Readonly<Record<string, Readonly<Record<string, string>>>> = { file: { filename: 'path' } };

/** Keys that mean nothing here: they are of the JVM, or what they ask for is always so. */
const ignored: ReadonlySet<string> = new Set([
  'key.converter',
  'task.class',
  'task.id',
  'connector.id',
  'source-record',
  'errors.log.include.messages',
  'errors.deadletterqueue.read.queue.nums',
  'errors.deadletterqueue.write.queue.nums',
  'errors.deadletterqueue.context.properties.enable',
]);

const converters: readonly (readonly [RegExp, string])[] = [
  [/(^|\.)StringConverter$/, 'text'],
  [/(^|\.)JsonConverter$/, 'json'],
  [/(^|\.)ByteArrayConverter$/, 'bytes'],
];

/** The entry that means the same. Throws `ApiFailure` with all that cannot be translated. */
export async function entryOf(config: FlatConfig, plugins: PluginRegistry): Promise<JsonObject> {
  const problems: { path: string; message: string }[] = [];
  const problem = (path: string, message: string): void =>
    void problems.push({ path, message: `${path}: ${message}` });
  const left = new Map(Object.entries(config).filter(([key]) => !ignored.has(key)));
  const take = (key: string): string | undefined => {
    const value = left.get(key);
    left.delete(key);
    return value;
  };
  const kind = kindOf(take('connector.class'), plugins, problem);
  const one = take('connect.topicname');
  const several = take('connect.topicnames');
  const topics = (several ?? one ?? '')
    .split(/[;,]/)
    .map((topic) => topic.trim())
    .filter((topic) => topic !== '');
  // Of what is not here nobody can say whether it needs topics.
  if (topics.length === 0 && kind !== null) {
    problem(kind.side === 'source' ? 'connect.topicname' : 'connect.topicnames', 'is missing');
  }
  const tasks = whole(take('max.tasks'), 'max.tasks', problem);
  const converter = take('value.converter');
  const format = converters.find(([pattern]) => converter !== undefined && pattern.test(converter))?.[1];
  if (converter !== undefined && format === undefined) problem('value.converter', 'is not known here');
  const group = take('task.group.id');
  const from = take('consume.from.where');
  const order = take('ordering.msg.enable');
  if (order !== undefined && order !== 'true' && order !== 'false') {
    problem('ordering.msg.enable', 'must be true or false');
  }
  const errors = errorsOf(take, problem);
  const inner: [string, JsonValue][] = [];
  const types = kind === null ? new Map<string, string>() : await typesOf(kind, plugins);
  for (const [key, value] of left) {
    if (key.startsWith('transforms'))
      problem(key, 'transforms have other names here; use the API of rmq-connect');
    else {
      const name = (kind === null ? undefined : settings[kind.plugin]?.[key]) ?? key;
      inner.push([name, typed(value, types.get(name))]);
    }
  }
  if (problems.length > 0 || kind === null) throw untranslatable(problems);
  const isSource = kind.side === 'source';
  return {
    [kind.side]: kind.plugin,
    ...(isSource ? { topic: topics[0] ?? '' } : { topics }),
    ...(tasks !== undefined && { tasks }),
    ...(format !== undefined && { format }),
    ...(!isSource && group !== undefined && { group }),
    // What the Java worker does where nothing is said: only what comes from now on.
    ...(!isSource && { from: from === 'CONSUME_FROM_FIRST_OFFSET' ? 'earliest' : 'latest' }),
    ...(Object.keys(errors).length > 0 && { errors }),
    config: Object.fromEntries(inner),
  };
}

interface Kind {
  readonly side: 'source' | 'sink';
  readonly plugin: string;
}

type Problem = (path: string, message: string) => void;
type Take = (key: string) => string | undefined;

/** `org.apache.rocketmq.connect.file.FileSourceConnector`, `FileSourceConnector`, `FileSource` */
function kindOf(name: string | undefined, plugins: PluginRegistry, problem: Problem): Kind | null {
  const match = /([A-Za-z0-9]+?)(Source|Sink)(Connector)?$/.exec(name?.split('.').at(-1) ?? '');
  const plugin = match?.[1]?.toLowerCase() ?? '';
  if (match !== null && Object.hasOwn(plugins, plugin)) {
    return { side: match[2] === 'Source' ? 'source' : 'sink', plugin };
  }
  problem(
    'connector.class',
    name === undefined
      ? 'is missing'
      : `${name} has no counterpart of that name here: /plugin/list has those there are`,
  );
  return null;
}

function whole(text: string | undefined, key: string, problem: Problem): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  problem(key, 'must be a whole number');
  return undefined;
}

function errorsOf(take: Take, problem: Problem): JsonObject {
  const tolerance = take('errors.tolerance')?.toLowerCase();
  const letters = take('errors.deadletterqueue.topic.name');
  const timeout = whole(take('errors.retry.timeout'), 'errors.retry.timeout', problem);
  const longest = whole(take('errors.retry.delay.max.ms'), 'errors.retry.delay.max.ms', problem);
  const log = take('errors.log.enable');
  if (tolerance !== undefined && tolerance !== 'none' && tolerance !== 'all') {
    problem('errors.tolerance', 'must be none or all');
  }
  const keeps = letters !== undefined && letters !== '';
  const retry = {
    ...(timeout !== undefined && timeout > 0 && { timeout_ms: timeout }),
    ...(longest !== undefined && longest > 0 && { max_delay_ms: longest }),
  };
  return {
    ...(tolerance !== undefined && {
      tolerance: tolerance === 'none' ? 'none' : keeps ? 'dead_letter' : 'skip',
    }),
    ...(keeps && { dead_letter_topic: letters }),
    ...(Object.keys(retry).length > 0 && { retry }),
    ...(log !== undefined && { log: log === 'true' }),
  };
}

/** The types of a plugin's settings, where all values are text. */
async function typesOf(
  { side, plugin }: Kind,
  plugins: PluginRegistry,
): Promise<ReadonlyMap<string, string>> {
  const spec = (await plugins[plugin]?.())?.[side]?.spec;
  const { properties = {} } = spec === undefined ? {} : schemaOf(spec);
  return new Map(
    Object.entries(properties).flatMap(([name, schema]): [string, string][] =>
      'type' in schema && typeof schema.type === 'string' ? [[name, schema.type]] : [],
    ),
  );
}

function typed(text: string, type: string | undefined): JsonValue {
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if ((type === 'integer' || type === 'number') && /^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (type === 'array') return text.split(/[;,]/).map((part) => part.trim());
  return text;
}

function untranslatable(problems: readonly { path: string; message: string }[]): ApiFailure {
  const text = problems.map(({ message }) => message).join('; ');
  return new ApiFailure(400, 'definition', text, { details: { problems } });
}

/** An entry in the names of Apache RocketMQ Connect. What has none there keeps the one it has here. */
export function flatOf(entry: JsonObject): FlatConfig {
  const { source, sink, mirror, topic, topics, tasks, group, format, config, ...rest } = entry;
  // A mirror has no counterpart there: a name of its own, so that nobody takes it for a sink.
  const side = source !== undefined ? 'Source' : mirror !== undefined ? 'Mirror' : 'Sink';
  const plugin = source ?? sink ?? mirror;
  const name = typeof plugin === 'string' ? plugin : '';
  const own = settings[name] ?? {};
  const back = new Map(Object.entries(own).map(([theirs, ours]) => [ours, theirs]));
  const inner = Object.entries(isObject(config) ? config : {}).map(
    ([key, value]) => [back.get(key) ?? key, value] as const,
  );
  const all: readonly (readonly [string, JsonValue | undefined])[] = [
    ['connector.class', `${name.slice(0, 1).toUpperCase()}${name.slice(1)}${side}Connector`],
    [source === undefined ? 'connect.topicnames' : 'connect.topicname', topics ?? topic],
    ['max.tasks', tasks],
    ['task.group.id', group],
    ['format', format],
    ...inner,
    ...Object.entries(rest),
  ];
  return Object.fromEntries(
    all.flatMap(([key, value]): [string, string][] => (value === undefined ? [] : [[key, text(value)]])),
  );
}

function text(value: JsonValue): string {
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(';');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
