/**
 * Rows of `COPY … TO STDOUT` in its text format, from chunks that end anywhere. A field is its text, or null.
 */
export class CopyText {
  #rest: Buffer | null = null;

  /** The rows that are whole now. */
  rows(chunk: Buffer): (string | null)[][] {
    const end = chunk.lastIndexOf(newline);
    if (end < 0) {
      this.#rest = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
      return [];
    }
    // Cut at a newline, no character of UTF-8 is torn.
    const whole = chunk.subarray(0, end);
    const text = this.#rest === null ? whole.toString() : Buffer.concat([this.#rest, whole]).toString();
    this.#rest = end + 1 === chunk.length ? null : Buffer.from(chunk.subarray(end + 1));
    return text.split('\n').map(fieldsOf);
  }
}

const newline = 0x0a;

function fieldsOf(line: string): (string | null)[] {
  const fields: (string | null)[] = line.split('\t');
  if (!line.includes('\\')) return fields;
  for (let index = 0; index < fields.length; index++) {
    const field = fields[index];
    if (field?.includes('\\') !== true) continue;
    fields[index] = field === '\\N' ? null : unescaped(field);
  }
  return fields;
}

/** PostgreSQL writes only these; a character of its own stands for itself. */
const escape = /\\(.)/gs;
const meanings: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};
/** What a field says. */
export const unescaped = (field: string): string =>
  field.includes('\\')
    ? field.replace(escape, (_whole, character: string) => meanings[character] ?? character)
    : field;
