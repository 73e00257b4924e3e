import {
  ConnectorError,
  errorText,
  type JsonObject,
  type JsonValue,
  type SourceRecord,
} from '../../src/sdk/index.js';
import type { FilePosition } from './position.js';
import { OverLines, type Ask, type Place, type RecordReader } from './record-reader.js';
import type { columnTypes, FileSourceConfig } from './spec.js';

const quote = 34;
const byteOrderMark = '\ufeff';

/** Takes rows of CSV apart, one a text, all in one call; throws where it cannot. */
type Parse = (rows: readonly string[]) => string[][];

interface Row {
  readonly text: string;
  readonly position: FilePosition;
}

/**
 * Rows of CSV as objects, made of the lines of a file: a line that ends within quotes goes on in the next one. The
 * position of a row is that of its last line. A row that cannot be read is a record with an error.
 */
export class CsvReader extends OverLines {
  readonly #config: FileSourceConfig['csv'];
  readonly #path: string;
  readonly #parse: Parse;
  #names: readonly string[] | undefined;
  /** Lines of a row that has not ended. */
  #begun: string[] = [];
  /** Behind the last row that has. */
  #place: Place;
  #isHeaderAhead: boolean;

  private constructor({ lines, config, path, names }: CsvOptions, parse: Parse) {
    super(lines);
    this.#config = config;
    this.#path = path;
    this.#parse = parse;
    this.#names = names;
    this.#place = lines.place;
    this.#isHeaderAhead = config.header && lines.place.offset === 0;
  }

  static async open(options: CsvOptions): Promise<CsvReader> {
    return new CsvReader(options, await loadParse(options.config.delimiter));
  }

  override get place(): Place {
    return this.#begun.length === 0 ? super.place : this.#place;
  }

  async read(ask: Ask, signal: AbortSignal): Promise<SourceRecord[]> {
    for (;;) {
      const lines = await this.lines.read(ask, signal);
      const rows = this.#rowsOf(lines);
      if (lines.length === 0) {
        if (!ask.last || this.#begun.length === 0) return [];
        return [this.#unended()];
      }
      const records = this.#records(rows);
      if (records.length > 0) return records;
    }
  }

  /** The names of the columns, once the first row has been read. */
  get names(): readonly string[] | undefined {
    return this.#names;
  }

  #rowsOf(lines: readonly SourceRecord[]): Row[] {
    const rows: Row[] = [];
    for (const { value, position } of lines) {
      const line = value as Buffer;
      const isInQuotes = this.#begun.length > 0 !== isOdd(line);
      this.#begun.push(line.toString('utf8'));
      if (isInQuotes) continue;
      const its = position as FilePosition;
      const text = withoutReturn(this.#begun.join('\n'));
      this.#begun = [];
      this.#place = { offset: its.offset, line: its.line, unended: its.unended === true };
      if (text !== '') rows.push({ text, position: its });
    }
    return rows;
  }

  #records(rows: readonly Row[]): SourceRecord[] {
    const first = rows[0];
    if (first === undefined) return [];
    if (!this.#isHeaderAhead) return this.#cells(rows);
    this.#isHeaderAhead = false;
    const text = first.text.startsWith(byteOrderMark) ? first.text.slice(1) : first.text;
    this.#names ??= this.#parseHeader(text);
    return rows.length === 1 ? [] : this.#cells(rows.slice(1));
  }

  #parseHeader(text: string): readonly string[] {
    try {
      return this.#parse([text])[0] ?? [];
    } catch (cause) {
      throw new ConnectorError(
        'bad_data',
        `${this.#path}: its first row is no header of CSV: ${errorText(cause)}`,
        { cause },
      );
    }
  }

  #cells(rows: readonly Row[]): SourceRecord[] {
    let cells: readonly string[][] | undefined;
    try {
      cells = this.#parse(rows.map(({ text }) => text));
    } catch {
      // One of them: found below.
    }
    const all = cells?.length === rows.length ? cells : undefined;
    return rows.map((row, index) => {
      try {
        return {
          value: this.#object(all?.[index] ?? this.#parse([row.text])[0] ?? []),
          position: row.position,
        };
      } catch (cause) {
        return this.#broken(row, errorText(cause), cause);
      }
    });
  }

  #object(cells: readonly string[]): JsonObject {
    const names = this.#names ?? [];
    if (cells.length !== names.length) {
      throw new Error(`it has ${cells.length} fields, where there are ${names.length} columns`);
    }
    return Object.fromEntries(names.map((name, index) => [name, this.#typed(name, cells[index] ?? '')]));
  }

  #typed(name: string, text: string): JsonValue {
    const type = Object.hasOwn(this.#config.types, name) ? this.#config.types[name] : undefined;
    return type === undefined ? text : typed(type, name, text);
  }

  #broken({ text, position }: Row, why: string, cause: unknown): SourceRecord {
    const error = new ConnectorError('bad_data', `${this.#path}: the row of line ${position.line}: ${why}`, {
      cause,
    });
    return { value: text, position, error };
  }

  #unended(): SourceRecord {
    const { offset, line } = this.lines.place;
    const position: FilePosition = { offset, line, file: this.identity, unended: true };
    const text = this.#begun.join('\n');
    this.#begun = [];
    return this.#broken({ text, position }, 'a quote is opened and not closed', undefined);
  }
}

interface CsvOptions {
  readonly lines: RecordReader;
  /** Of the columns; needed where the header is behind, or where there is none. */
  readonly names: readonly string[] | undefined;
  readonly config: FileSourceConfig['csv'];
  /** For messages. */
  readonly path: string;
}

async function loadParse(delimiter: string): Promise<Parse> {
  const { parse } = await import('csv-parse/sync');
  return (rows) =>
    parse(`${rows.join('\n')}\n`, {
      delimiter,
      record_delimiter: '\n',
      relax_column_count: true,
    });
}

/** A doubled quote within quotes counts twice, and so changes nothing. */
function isOdd(line: Buffer): boolean {
  let count = 0;
  for (let at = line.indexOf(quote); at >= 0; at = line.indexOf(quote, at + 1)) count += 1;
  return count % 2 === 1;
}

const withoutReturn = (text: string): string => (text.endsWith('\r') ? text.slice(0, -1) : text);

function typed(type: (typeof columnTypes)[number], name: string, text: string): JsonValue {
  if (type === 'string') return text;
  if (text === '') return null;
  switch (type) {
    case 'integer': {
      if (!/^[+-]?\d+$/.test(text)) throw new Error(`${name} is no integer: ${text}`);
      // What a number cannot hold stays text.
      return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    }
    case 'number': {
      if (text.trim() === '' || !Number.isFinite(Number(text)))
        throw new Error(`${name} is no number: ${text}`);
      return Number(text);
    }
    case 'boolean': {
      const value = truth.get(text.toLowerCase());
      if (value === undefined) throw new Error(`${name} is neither true nor false: ${text}`);
      return value;
    }
    case 'json':
      return JSON.parse(text) as JsonValue;
  }
}

const truth: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['t', true],
  ['yes', true],
  ['1', true],
  ['false', false],
  ['f', false],
  ['no', false],
  ['0', false],
]);
