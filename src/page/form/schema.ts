/** As much of JSON Schema as the job's has. */
export interface Schema {
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
}

/** A field of the form, and what it makes of what is typed. */
export type Kind =
  | { readonly kind: 'text' }
  | { readonly kind: 'number'; readonly minimum?: number | undefined; readonly maximum?: number | undefined }
  | { readonly kind: 'flag' }
  | { readonly kind: 'choice'; readonly options: readonly string[] }
  /** One a line. */
  | { readonly kind: 'list' }
  | { readonly kind: 'group'; readonly fields: readonly Field[] }
  /** What is too free for a field of its own: JSON is typed. */
  | { readonly kind: 'json' };

export interface Field {
  readonly name: string;
  /** From the connector's entry on: `config`, `path`. */
  readonly path: readonly string[];
  readonly description: string;
  readonly required: boolean;
  /** As text; null: none. */
  readonly standard: string | null;
  readonly kind: Kind;
}

/** What can be made: the entry's schema by what it is called, `source: file`. */
export function variantsOf(job: Schema): ReadonlyMap<string, Schema> {
  const connectors = job.properties?.connectors as (Schema & { additionalProperties?: Schema }) | undefined;
  const variants = connectors?.additionalProperties?.anyOf ?? [];
  return new Map(variants.map((variant) => [variant.title ?? '', variant]));
}

/** The fields of a mapping, those that must be filled in first. */
export function fieldsOf(schema: Schema, job: Schema, path: readonly string[] = []): readonly Field[] {
  const { properties = {}, required = [] } = resolved(schema, job);
  const fields = Object.entries(properties).flatMap(([name, part]) => {
    const known = resolved(part, job);
    if (known.const !== undefined) return [];
    const { description = part.description ?? '', default: standard } = known;
    const field: Field = {
      name,
      path: [...path, name],
      description: part.description ?? description,
      required: required.includes(name),
      standard:
        standard === undefined ? null : typeof standard === 'string' ? standard : JSON.stringify(standard),
      kind: kindOf(known, job, [...path, name]),
    };
    return [field];
  });
  return [...fields.filter((field) => field.required), ...fields.filter((field) => !field.required)];
}

function kindOf(schema: Schema, job: Schema, path: readonly string[]): Kind {
  if (schema.enum !== undefined) return { kind: 'choice', options: schema.enum.map(String) };
  if (schema.type === 'boolean') return { kind: 'flag' };
  if (schema.type === 'integer' || schema.type === 'number')
    return { kind: 'number', minimum: schema.minimum, maximum: schema.maximum };
  if (schema.type === 'string') return { kind: 'text' };
  if (Array.isArray(schema.type) && schema.type.includes('string')) return { kind: 'text' };
  if (schema.type === 'array' && schema.items !== undefined) {
    return kindOf(resolved(schema.items, job), job, path).kind === 'text'
      ? { kind: 'list' }
      : { kind: 'json' };
  }
  if (schema.type === 'object' && schema.properties !== undefined)
    return { kind: 'group', fields: fieldsOf(schema, job, path) };
  return { kind: 'json' };
}

/** What a reference points to; where it is a value or a substitution, the value. */
function resolved(schema: Schema, job: Schema): Schema {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/$defs/', '');
    const { description } = schema;
    return resolved({ ...job.$defs?.[name], ...(description !== undefined && { description }) }, job);
  }
  const { anyOf, ...rest } = schema;
  if (anyOf === undefined) return schema;
  const own = anyOf.filter((one) => one.pattern !== '\\$\\{.+\\}').map((one) => resolved(one, job));
  const [first] = own;
  if (own.length === 1 && first !== undefined) return { ...first, ...rest };
  // A word or a list of them: a word is what most people mean.
  const text = own.find(({ type, enum: words }) => type === 'string' && words === undefined);
  return text === undefined ? { ...rest } : { ...text, ...rest };
}
