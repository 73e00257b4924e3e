import { stripVTControlCharacters } from 'node:util';
import type { Style } from './style.js';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Rows under their titles, two spaces apart, without a trailing blank. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  style: Style,
): string {
  const widths = columns.map((column, index) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[index] ?? '')), widthOf(column.title)),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, index) => fit(cells[index] ?? '', widths[index] ?? 0, column.align ?? 'left'))
      .join('  ')
      .trimEnd();
  const title = style.dim(line(columns.map((column) => column.title.toUpperCase())));
  return [title, ...rows.map(line)].join('\n');
}

function fit(text: string, width: number, align: 'left' | 'right'): string {
  const blank = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'left' ? text + blank : blank + text;
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
