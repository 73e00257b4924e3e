import { z } from 'zod';
import { reviewEntry } from '../../control/entries.js';
import { ControlError, type EntryProblem } from '../../control/failure.js';
import { masked } from '../../job/secrets.js';
import { mirrorConfigSpec } from '../../job/mirror-spec.js';
import { outlineOf, schemaOf } from '../../job/outline.js';
import { isObject, type JsonObject, type JsonValue } from '../../sdk/index.js';
import type { ApiContext } from '../context.js';
import { json, route, type Route } from '../route.js';
import { entrySpec, pluginsSpec } from './specs.js';

type Side = 'source' | 'sink' | 'mirror';

interface Kind {
  readonly plugin: string;
  readonly type: Side;
  readonly summary: string;
  readonly spec: z.ZodType;
}

/** The kinds of connectors there are, what they take, and whether an entry holds. */
export function pluginRoutes(context: ApiContext): readonly Route[] {
  const { plugins } = context.around;
  const kindsOf = async (name: string): Promise<readonly Kind[]> => {
    if (name === 'rocketmq') {
      const summary = 'Copies topics from one RocketMQ to another.';
      return [{ plugin: name, type: 'mirror', summary, spec: mirrorConfigSpec }];
    }
    const load = Object.hasOwn(plugins, name) ? plugins[name] : undefined;
    if (load === undefined) throw unknown(name, Object.keys(plugins));
    const { source, sink, summary } = await load();
    return (['source', 'sink'] as const).flatMap((type): Kind[] => {
      const side = type === 'source' ? source : sink;
      return side === undefined ? [] : [{ plugin: name, type, summary, spec: side.spec }];
    });
  };
  return [
    route('GET', '/connector-plugins', {
      summary: 'The kinds of sources and sinks there are.',
      query: pluginsSpec,
      handle: async () => {
        const all = await Promise.all([...Object.keys(plugins), 'rocketmq'].map(kindsOf));
        return json(
          all.flat().map(({ plugin, type, summary }) => ({
            class: plugin,
            type,
            version: context.version,
            summary,
          })),
        );
      },
    }),
    route('GET', '/connector-plugins/{plugin}/config', {
      summary: 'What a kind takes as config: each field, and the JSON Schema of all.',
      handle: async ({ params: { plugin = '' } }) =>
        json(
          (await kindsOf(plugin)).map(({ type, spec }) => ({
            type,
            fields: fieldsOf(spec).map(({ definition }) => definition),
            schema: schemaOf(spec),
          })),
        ),
    }),
    route('PUT', '/connector-plugins/{plugin}/config/validate', {
      summary: 'Checks an entry, with all that is wrong with it, and changes nothing.',
      changes: false,
      body: entrySpec,
      handle: async ({ params: { plugin = '' }, body }) => {
        const kinds = await kindsOf(plugin);
        const { name, ...entry } = body;
        const type = (['source', 'sink', 'mirror'] as const).find((one) => one in entry);
        const kind = kinds.find((one) => one.type === type) ?? kinds[0];
        if (kind === undefined) throw unknown(plugin, Object.keys(plugins));
        const whole = type === undefined ? { [kind.type]: plugin, ...entry } : entry;
        const label = typeof name === 'string' ? name : 'connector';
        const { problems } = await reviewEntry(label, whole, context.around);
        const shown = masked(whole, outlineOf(kind.spec));
        return json(validation(label, kind, shown, problems));
      },
    }),
  ];
}

const unknown = (name: string, known: readonly string[]): ControlError =>
  new ControlError('unknown_plugin', `there is no plugin ${name}`, {
    hint: `there are: ${known.join(', ')}`,
  });

/** Kafka Connect's answer: each field with its value and what is wrong with it; and all problems as they are. */
function validation(name: string, kind: Kind, shown: JsonObject, problems: readonly EntryProblem[]): object {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const config = isObject(shown.config) ? shown.config : {};
  const configs = fieldsOf(kind.spec).map(({ definition }) => {
    const path = `config.${definition.name}`;
    const own = errors.filter((problem) => problem.path === path || problem.path.startsWith(`${path}.`));
    return {
      definition,
      value: {
        name: definition.name,
        value: config[definition.name] ?? definition.default_value,
        recommended_values: [],
        errors: own.map(({ message }) => message),
        visible: true,
      },
    };
  });
  return { name, error_count: errors.length, groups: ['config'], configs, problems };
}

interface Field {
  readonly definition: {
    readonly name: string;
    readonly type: string;
    readonly required: boolean;
    readonly default_value: JsonValue;
    readonly importance: string;
    readonly documentation: string;
    readonly group: string;
    readonly order: number;
    readonly display_name: string;
    readonly dependents: readonly string[];
  };
}

const fieldSchema = z.looseObject({
  properties: z.record(z.string(), z.looseObject({})).default({}),
  required: z.array(z.string()).default([]),
});

/** The outermost fields of `config:`. */
function fieldsOf(spec: z.ZodType): readonly Field[] {
  const { properties, required } = fieldSchema.parse(schemaOf(spec));
  return Object.entries(properties).map(([name, schema], index) => {
    const isNeeded = required.includes(name);
    return {
      definition: {
        name,
        type: schema.secret === true ? 'PASSWORD' : kafkaType(schema.type),
        required: isNeeded,
        default_value: (schema.default as JsonValue | undefined) ?? null,
        importance: isNeeded ? 'HIGH' : 'MEDIUM',
        documentation: typeof schema.description === 'string' ? schema.description : '',
        group: 'config',
        order: index + 1,
        display_name: name,
        dependents: [],
      },
    };
  });
}

function kafkaType(type: unknown): string {
  switch (type) {
    case 'integer':
      return 'LONG';
    case 'number':
      return 'DOUBLE';
    case 'boolean':
      return 'BOOLEAN';
    case 'array':
      return 'LIST';
    default:
      return 'STRING';
  }
}
