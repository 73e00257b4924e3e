import type { ValueType } from '../../../src/sdk/schema.js';
import { arrayDecoder } from './array-text.js';
import { decoderOf, type Decode } from './decode.js';
import { valueTypeOf } from './value-type.js';

/** What a column's values are, and how to make them of PostgreSQL's text. */
export interface ColumnType {
  readonly type: ValueType;
  readonly decode: Decode;
}

/** One row of pg_type, as far as it matters. */
interface TypeRow {
  readonly oid: number;
  /** As `format_type` writes it, with its schema where it is not on the path. */
  readonly name: string;
  /** `b`ase, `c`omposite, `d`omain, `e`num, `r`ange, `m`ultirange, `p`seudo. */
  readonly kind: string;
  /** Of an array: its elements' type, else 0. */
  readonly element: number;
  readonly delimiter: string;
  /** Of a domain: the type it is made of, and with which modifier. */
  readonly base: number;
  readonly modifier: number;
}

/** Runs a statement without parameters; rows by column name, values as text. */
export type QueryText = (sql: string) => Promise<readonly Readonly<Record<string, string | null>>[]>;

/**
 * Knows types by their number (OID). Numbers of a person's own types are looked up in the database when they
 * are met, and not again: a number never gets another meaning.
 */
export class TypeCatalog {
  readonly #types = new Map<number, TypeRow>();
  readonly #columns = new Map<string, ColumnType>();

  /** Looks up what is not known yet of these, and of what they are made of. */
  async learn(oids: Iterable<number>, query: QueryText): Promise<void> {
    let wanted = [...new Set(oids)].filter((oid) => !this.#types.has(oid));
    while (wanted.length > 0) {
      const rows = await query(typesSql(wanted));
      for (const row of rows) {
        const type = typeRow(row);
        this.#types.set(type.oid, type);
      }
      for (const oid of wanted) if (!this.#types.has(oid)) this.#types.set(oid, unknownType(oid));
      const parts = wanted.flatMap((oid) => {
        const { element = 0, base = 0 } = this.#types.get(oid) ?? {};
        return [element, base];
      });
      wanted = [...new Set(parts)].filter((oid) => oid !== 0 && !this.#types.has(oid));
    }
  }

  /** Of a type that was learnt; `modifier` is -1 where the column has none. */
  column(oid: number, modifier: number): ColumnType {
    const key = `${String(oid)} ${String(modifier)}`;
    let column = this.#columns.get(key);
    if (column === undefined) {
      column = this.#make(oid, modifier);
      this.#columns.set(key, column);
    }
    return column;
  }

  #make(oid: number, modifier: number): ColumnType {
    const type = this.#types.get(oid);
    if (type === undefined) throw new Error(`type ${String(oid)} was not learnt`);
    if (type.kind === 'd') {
      const base = this.column(type.base, type.modifier);
      return { decode: base.decode, type: { ...base.type, native: { postgres: type.name } } };
    }
    if (type.element !== 0) {
      const items = this.column(type.element, modifier);
      const name = items.type.native?.postgres;
      return {
        decode: arrayDecoder(items.decode, type.delimiter),
        type: {
          type: 'array',
          items: items.type,
          ...(name === undefined ? {} : { native: { postgres: `${name}[]` } }),
        },
      };
    }
    return { decode: decoderOf(oid), type: valueTypeOf(oid, modifier, type.name) };
  }
}

const unknownType = (oid: number): TypeRow => ({
  oid,
  name: 'text',
  kind: 'b',
  element: 0,
  delimiter: ',',
  base: 0,
  modifier: -1,
});

/** Of category A, int2vector (22) and oidvector (30) are not written like arrays: they stay text. */
const typesSql = (oids: readonly number[]): string => `
  SELECT oid, format_type(oid, NULL) AS name, typtype AS kind,
         CASE WHEN typcategory = 'A' AND typlen = -1 AND oid NOT IN (22, 30) THEN typelem ELSE 0 END AS element,
         typdelim AS delimiter, typbasetype AS base, typtypmod AS modifier
  FROM pg_catalog.pg_type WHERE oid IN (${oids.join(', ')})`;

function typeRow(row: Readonly<Record<string, string | null>>): TypeRow {
  const text = (name: string): string => row[name] ?? '';
  return {
    oid: Number(text('oid')),
    name: text('name'),
    kind: text('kind'),
    element: Number(text('element')),
    delimiter: text('delimiter'),
    base: Number(text('base')),
    modifier: Number(text('modifier')),
  };
}
