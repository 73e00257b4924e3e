import { z } from 'zod';
import type { Content, JsonObject, JsonValue } from '../../sdk/index.js';
import { objectOf, omit, parseField, readField, withoutPath, withPath, type Field } from '../field.js';
import { fieldName, following, renamedFields } from '../fields-schema.js';
import type { Transform, TransformKind } from '../stage.js';

type Renamed = Extract<Field, { kind: 'value' | 'header' }>;
interface Move<F extends Renamed> {
  readonly from: F;
  readonly to: F;
}
interface Moves {
  readonly fields: readonly Move<Extract<Renamed, { kind: 'value' }>>[];
  readonly headers: readonly Move<Extract<Renamed, { kind: 'header' }>>[];
}

const settings = z
  .record(z.string(), z.string())
  .transform((names, context): Moves => {
    const fields: Moves['fields'][number][] = [];
    const headers: Moves['headers'][number][] = [];
    const targets = new Set<string>();
    for (const [old, renamed] of Object.entries(names)) {
      const issue = (message: string, hint: string): void => {
        context.addIssue({ code: 'custom', path: [old], message, params: { hint } });
      };
      const from = parseField(old);
      const to = parseField(renamed);
      if (from?.kind === 'value' && to?.kind === 'value') fields.push({ from, to });
      else if (from?.kind === 'header' && to?.kind === 'header') headers.push({ from, to });
      else
        issue(
          'cannot be renamed to that',
          'a field becomes a field, header.A becomes header.B; use insert and drop for the rest',
        );
      if (targets.has(renamed)) issue('gets a name that another one gets too', 'give each its own');
      targets.add(renamed);
    }
    if (Object.keys(names).length === 0) {
      context.addIssue({ code: 'custom', message: 'is empty', params: { hint: 'write old_name: new_name' } });
    }
    return { fields, headers };
  })
  .describe('Old name: new name. Fields that are not there are passed over; all change at once.');

function renameFields(value: JsonObject, moves: Moves['fields']): JsonObject {
  const found: [readonly string[], JsonValue][] = [];
  let changed = value;
  for (const { from, to } of moves) {
    const leaf = readField({ value }, from);
    if (leaf === undefined) continue;
    found.push([to.path, leaf as JsonValue]);
    changed = withoutPath(changed, from.path);
  }
  for (const [path, leaf] of found) changed = withPath(changed, path, leaf);
  return changed;
}

function renameHeaders(
  headers: Readonly<Record<string, string>>,
  moves: Moves['headers'],
): Readonly<Record<string, string>> {
  const found = moves.filter(({ from }) => Object.hasOwn(headers, from.name));
  let changed = headers;
  for (const { from } of found) changed = omit(changed, from.name);
  return {
    ...changed,
    ...Object.fromEntries(found.map(({ from, to }) => [to.name, headers[from.name] ?? ''])),
  };
}

/** What leads out of the row, or into a field, leaves the schema. */
const renamedSchema = (moves: Moves['fields']) =>
  following((schema) => {
    const names = new Map<string, string>();
    for (const { from, to } of moves) {
      const [old, renamed] = [fieldName(schema, from.path), fieldName(schema, to.path)];
      if (old !== null && renamed !== null) names.set(old, renamed);
    }
    return renamedFields(schema, names);
  });

function create(moves: Moves): Transform {
  const [first] = moves.fields;
  const withSchema = renamedSchema(moves.fields);
  return {
    name: 'rename',
    apply(content: Content) {
      let changed = content;
      if (first !== undefined && content.value !== null) {
        const value = objectOf(content.value, first.from.text);
        changed = withSchema({ ...changed, value: renameFields(value, moves.fields) });
      }
      if (moves.headers.length > 0 && content.headers !== undefined) {
        changed = { ...changed, headers: renameHeaders(content.headers, moves.headers) };
      }
      return changed;
    },
  };
}

export const rename: TransformKind = {
  name: 'rename',
  summary: 'Gives fields of an object value, or headers, other names.',
  spec: settings.transform(create),
};
