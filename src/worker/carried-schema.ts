import { z } from 'zod';
import type { StoredMessage } from '../rocketmq/cluster.js';
import { ConnectorError, fieldTypes, type Content, type Schema, type ValueType } from '../sdk/index.js';

/** The schema of a message's value, as JSON: a property, so that who reads the body is not bothered by it. */
export const schemaProperty = 'connect.schema';

/** RocketMQ stores 32,767 bytes of properties; the rest is for the key, headers and stamps. */
const maxSchemaBytes = 30_000;
/** Schemas that are kept parsed: more shapes than a topic should have. */
const keptSchemas = 1_000;

type Properties = Readonly<Record<string, string>>;

/** One object for all records of a schema that have no headers. */
const carried = new WeakMap<Schema, Properties>();

/** The user properties of a message for the record. Throws `ConnectorError` `config` where it is too large. */
export function propertiesWithSchema({ headers, schema }: Content): Properties | undefined {
  if (schema === undefined) return headers;
  let properties = carried.get(schema);
  if (properties === undefined) {
    properties = { [schemaProperty]: textOf(schema) };
    carried.set(schema, properties);
  }
  return headers === undefined ? properties : { ...headers, ...properties };
}

function textOf(schema: Schema): string {
  const text = JSON.stringify(schema);
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxSchemaBytes) return text;
  throw new ConnectorError(
    'config',
    `the schema of ${schema.name} (${schema.fields.length} fields) has ${bytes} bytes, and a message takes ${maxSchemaBytes}`,
    { hint: 'leave it out with schema: none in the config of the source, or read fewer columns' },
  );
}

const valueType = {
  type: z.enum(fieldTypes),
  length: z.number().optional(),
  precision: z.number().optional(),
  scale: z.number().optional(),
  get items(): z.ZodOptional<z.ZodType<ValueType>> {
    return z.object(valueType).optional();
  },
  native: z.record(z.string(), z.string()).optional(),
};
const schemaSpec: z.ZodType<Schema> = z.object({
  name: z.string(),
  key: z.array(z.string()),
  fields: z.array(z.object({ name: z.string(), ...valueType, optional: z.boolean().optional() })),
});

const parsed = new Map<string, Schema>();
/** Nearly always the next message has the same one: comparing costs less than looking up so long a text. */
let last: { readonly text: string; readonly bytes: Buffer; readonly schema: Schema } | null = null;

/** The same of a message, whose properties are not looked at where they have the schema of the one before. */
export function schemaOfMessage(message: Pick<StoredMessage, 'property' | 'propertyIs'>): Schema | undefined {
  if (last !== null && message.propertyIs(schemaProperty, last.bytes)) return last.schema;
  return schemaIn(message.property(schemaProperty));
}

/** Undefined where the message carries none. Throws `ConnectorError` `bad_data` for what is no schema. */
export const schemaOf = (properties: Properties): Schema | undefined => schemaIn(properties[schemaProperty]);

function schemaIn(text: string | undefined): Schema | undefined {
  if (text === undefined) return undefined;
  if (last?.text === text) return last.schema;
  let schema = parsed.get(text);
  if (schema === undefined) {
    schema = parse(text);
    if (parsed.size >= keptSchemas) parsed.clear();
    parsed.set(text, schema);
  }
  last = { text, bytes: Buffer.from(text), schema };
  return schema;
}

function parse(text: string): Schema {
  try {
    return schemaSpec.parse(JSON.parse(text));
  } catch (cause) {
    throw new ConnectorError(
      'bad_data',
      `the property ${schemaProperty} is not a schema: ${text.slice(0, 100)}`,
      {
        cause,
      },
    );
  }
}
