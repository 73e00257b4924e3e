import { z } from 'zod';
import type { Content } from '../../sdk/index.js';
import { objectOf, omit, withoutPath, type Field } from '../field.js';
import { fieldName, following, withoutField } from '../fields-schema.js';
import type { Transform, TransformKind } from '../stage.js';
import { fieldSpec } from './field-spec.js';

const settings = z
  .array(
    fieldSpec.refine((field) => field.kind !== 'whole', {
      error: 'the value as a whole cannot be dropped',
      params: { hint: 'name fields of it, or drop records with filter' },
    }),
  )
  .min(1)
  .describe('What to take away: fields of an object value, header.NAME, key, tag.');

function without(content: Content, field: Field): Content {
  switch (field.kind) {
    case 'key':
      return { ...content, key: undefined };
    case 'tag':
      return { ...content, tag: undefined };
    case 'header':
      return content.headers === undefined
        ? content
        : { ...content, headers: omit(content.headers, field.name) };
    case 'value':
      if (content.value === null) return content;
      return { ...content, value: withoutPath(objectOf(content.value, field.text), field.path) };
    case 'whole':
      return content;
  }
}

function create(fields: readonly Field[]): Transform {
  const withSchema = following((schema) =>
    fields.reduce((rest, field) => {
      const name = field.kind === 'value' ? fieldName(schema, field.path) : null;
      return name === null ? rest : withoutField(rest, name);
    }, schema),
  );
  return { name: 'drop', apply: (content) => withSchema(fields.reduce(without, content)) };
}

export const drop: TransformKind = {
  name: 'drop',
  summary: 'Takes away fields of an object value, headers, the key or the tag.',
  spec: settings.transform(create),
};
