import { z } from 'zod';
import type { Path } from './tree.js';

/** The part of JSON Schema that is looked at here. */
export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly required?: readonly string[];
  readonly items?: boolean | Schema;
  readonly description?: string;
  readonly secret?: boolean;
}

/** The JSON Schema of what a spec takes in. */
export function schemaOf(spec: z.ZodType): Schema {
  return z.toJSONSchema(spec, { io: 'input', unrepresentable: 'any' }) as Schema;
}

/** What a spec knows about a place in its input. */
export class Outline {
  readonly #spec: z.ZodType;
  /** Made when something is asked: most definitions hold, and then nothing is. */
  #schema: Schema | undefined;

  constructor(spec: z.ZodType) {
    this.#spec = spec;
  }

  get #root(): Schema {
    return (this.#schema ??= schemaOf(this.#spec));
  }

  /** The keys that may stand in the mapping there. */
  keys(path: Path): readonly string[] {
    return [...new Set(this.#at(path).flatMap((schema) => Object.keys(schema.properties ?? {})))];
  }

  /** The first sentence of the description. */
  description(path: Path): string | undefined {
    const text = this.#at(path).find((schema) => schema.description !== undefined)?.description;
    return text === undefined ? undefined : /^.*?(?=\.(\s|$)|$)/s.exec(text)?.[0];
  }

  /** Whether the spec marks this place, or one around it, as secret. */
  secret(path: Path): boolean {
    return [...path.keys(), path.length].some((end) =>
      this.#at(path.slice(0, end)).some((schema) => schema.secret === true),
    );
  }

  #at(path: Path): readonly Schema[] {
    let schemas = this.#flat([this.#root]);
    for (const segment of path) {
      schemas = this.#flat(schemas.flatMap((schema) => below(schema, segment)));
    }
    return schemas;
  }

  #flat(schemas: readonly Schema[], depth = 0): readonly Schema[] {
    if (depth > 8) return [];
    return schemas.flatMap((schema) => {
      const inner = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])];
      const target = schema.$ref === undefined ? undefined : this.#resolve(schema.$ref);
      return [schema, ...this.#flat(target === undefined ? inner : [...inner, target], depth + 1)];
    });
  }

  #resolve(ref: string): Schema | undefined {
    return ref === '#' ? this.#root : this.#root.$defs?.[ref.replace('#/$defs/', '')];
  }
}

function below(schema: Schema, segment: string | number): readonly Schema[] {
  const { properties, additionalProperties: rest, items } = schema;
  if (properties !== undefined && Object.hasOwn(properties, segment)) return [properties[segment] ?? {}];
  const found = [];
  if (typeof rest === 'object') found.push(rest);
  if (typeof items === 'object' && /^\d+$/.test(String(segment))) found.push(items);
  return found;
}

const outlines = new WeakMap<z.ZodType, Outline>();

/** Made once for each spec. */
export function outlineOf(spec: z.ZodType): Outline {
  const known = outlines.get(spec);
  if (known !== undefined) return known;
  const outline = new Outline(spec);
  outlines.set(spec, outline);
  return outline;
}
