import { isUtf8 } from 'node:buffer';
import type { Schema } from '../../../../src/sdk/index.js';
import type { Column, PackedStatement, Table } from '../session.js';
import { typesOf } from '../statements.js';
import { roomFor, RowPacker, type PackedField } from './row-packer.js';
import type { RowText } from './row-text.js';
import { shapeOf, type Shape } from './shape.js';

const leastBytes = 64 * 1024;

/** What a packed statement does to which table. */
export interface PackedTarget {
  readonly kind: PackedStatement['kind'];
  readonly table: Table;
  readonly key: readonly string[];
}

/** What is there of the rows of one batch. */
interface Rows {
  /** Where each ends; it begins where the one before does. */
  readonly ends: number[];
  /** By key: the last one of each. */
  readonly byKey: Map<string, number>;
  /** Those behind which another one has the same key. */
  readonly replaced: Set<number>;
}

/**
 * Packs the rows of one table, a batch after the other. Rows of one batch have the same fields in the same order: a
 * batch in which that is not so, as any other that it does not understand, is not for this way.
 */
export class PackedRows {
  readonly #target: PackedTarget;
  readonly #text: RowText;
  readonly #packer: RowPacker;
  /** Kept from batch to batch: `runPacked` is done with it when it has succeeded. */
  #out = Buffer.alloc(0);
  #shape: Shape | null = null;
  #schema: Schema | undefined;
  #columns: readonly Column[] = [];
  #rows: Rows = noRows();

  constructor(target: PackedTarget, text: RowText) {
    this.#target = target;
    this.#text = text;
    this.#packer = new RowPacker(text, target.kind === 'insert' ? [] : target.key);
  }

  get table(): Table {
    return this.#target.table;
  }

  /** Begins a batch. */
  begin(): void {
    this.#rows = noRows();
  }

  /** False: the batch is not for this way. */
  add(json: Buffer, schema: Schema | undefined): boolean {
    const { ends } = this.#rows;
    const start = ends.at(-1) ?? 0;
    this.#grow(start, start + roomFor(json.length));
    let end = -1;
    if (this.#shape !== null && schema === this.#schema) end = this.#packer.row(json, this.#out, start);
    if (end < 0) {
      if (!this.#learn(json, schema, ends.length === 0)) return false;
      end = this.#packer.row(json, this.#out, start);
      if (end < 0) return false;
    }
    ends.push(end);
    if (this.#target.kind !== 'insert') this.#noteKey(ends.length - 1);
    return true;
  }

  /** Null: some of it is not UTF-8. */
  done(): readonly PackedStatement[] | null {
    const { kind, table, key } = this.#target;
    const parts = this.#parts();
    if (!parts.every((part) => isUtf8(part))) return null;
    return parts.map((rows) => ({ kind, table, key, columns: this.#columns, rows }));
  }

  #grow(used: number, wanted: number): void {
    if (wanted <= this.#out.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(leastBytes, wanted * 2));
    this.#out.copy(larger, 0, 0, used);
    this.#out = larger;
  }

  /** Takes the record as an example of what is to come. */
  #learn(json: Buffer, schema: Schema | undefined, isFirst: boolean): boolean {
    const shape = shapeOf(json);
    if (shape === null || (!isFirst && !areSame(shape.names, this.#shape?.names))) return false;
    const { table, kind, key } = this.#target;
    // It may be a captured change, and not a row.
    if (shape.names.includes('op') && shape.names.includes('source')) return false;
    if (kind !== 'insert' && !key.every((name) => shape.names.includes(name))) return false;
    const types = typesOf(schema);
    const fields: PackedField[] = [];
    for (const name of shape.names) {
      const column = table.columns.get(name);
      if (column === undefined) return false;
      if (column.isGenerated && key.includes(name)) return false;
      fields.push({ column: column.isGenerated ? null : column, type: types.get(name) });
    }
    this.#columns = fields.flatMap(({ column }) => column ?? []);
    if (this.#columns.length === 0) return false;
    this.#packer.use(shape, fields);
    this.#shape = shape;
    this.#schema = schema;
    return true;
  }

  #noteKey(row: number): void {
    const { byKey, replaced } = this.#rows;
    const text = this.#packer.keyText();
    const before = byKey.get(text);
    if (before !== undefined) replaced.add(before);
    byKey.set(text, row);
  }

  /** Cut between rows, where they are too much for one statement; without those that are replaced. */
  #parts(): Buffer[] {
    const { ends, replaced } = this.#rows;
    const { mostBytes, betweenRows } = this.#text;
    const parts: Buffer[] = [];
    const out = this.#out;
    let [at, partAt] = [0, 0];
    let start = 0;
    const cut = (): void => {
      if (at > partAt) parts.push(out.subarray(partAt, at - betweenRows.length));
      partAt = at;
    };
    for (const [row, end] of ends.entries()) {
      if (!replaced.has(row)) {
        if (at > partAt && at - partAt + end - start > mostBytes) cut();
        if (at < start) out.copyWithin(at, start, end);
        at += end - start;
      }
      start = end;
    }
    cut();
    return parts;
  }
}

const noRows = (): Rows => ({ ends: [], byKey: new Map(), replaced: new Set() });

const areSame = (a: readonly string[], b: readonly string[] | undefined): boolean =>
  a.length === b?.length && a.every((name, at) => name === b[at]);
