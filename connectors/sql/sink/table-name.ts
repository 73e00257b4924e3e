import { ConnectorError, type JsonObject, type SinkRecord } from '../../../src/sdk/index.js';
import { isEnvelope } from './envelope.js';

const token = /\{([^{}]*)\}/g;

/** Undefined where there is none. */
export function nameTemplateProblem(template: string): string | undefined {
  const rest = template.replaceAll(token, 'x');
  if (/[{}]/.test(rest)) return 'has a brace that is not part of a {field}';
  return rest.split('.').some((part) => part === '') ? 'has an empty part' : undefined;
}

/** Whether it takes nothing of a record but its topic. */
export const isByTopic = (template: string): boolean => !template.replaceAll('{topic}', '').includes('{');

/** The name of the table a record goes to. Throws `bad_data` where the record has not what it needs. */
export function tableNamer(template: string): (record: SinkRecord) => string {
  if (!template.includes('{')) return () => template;
  if (template === '{topic}') return ({ topic }) => topic;
  return (record) =>
    template.replaceAll(token, (_whole, name: string) => {
      const part = partOf(record, name);
      if (part !== undefined) return part;
      throw new ConnectorError('bad_data', `the record has no ${name}, which table: ${template} needs`);
    });
}

function partOf(record: SinkRecord, name: string): string | undefined {
  const { value, schema } = record;
  const change = isEnvelope(value) ? value : null;
  const origin = change === null ? {} : change.source;
  switch (name) {
    case 'topic':
      return record.topic;
    case 'key':
      return record.key;
    case 'table':
      return textOf(origin.table) ?? schema?.name.split('.').at(-1);
    case 'schema':
      return textOf(origin.schema) ?? textOf(origin.db) ?? schemaOf(schema?.name);
    default: {
      const row = change === null ? value : (change.after ?? change.before);
      return typeof row === 'object' && row !== null ? textOf((row as JsonObject)[name]) : undefined;
    }
  }
}

const schemaOf = (name: string | undefined): string | undefined =>
  name?.includes('.') === true ? name.slice(0, name.indexOf('.')) : undefined;

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
