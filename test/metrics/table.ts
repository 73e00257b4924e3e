import { families } from '../../src/metrics/families.js';

const begin = '<!-- made from the code: node dist/test/metrics/write-table.js -->\n';
const end = '<!-- end -->';

/** The document with the table as the code has it now. */
export function withTable(document: string): string {
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) throw new Error('docs/metrics.md has no place for the table');
  return document.slice(0, from + begin.length) + table() + document.slice(to);
}

function table(): string {
  const rows = families.map(({ name, type, help, labels, kafka }) => [
    `\`${name}\``,
    type,
    labels.join(', '),
    help,
    kafka ?? '',
  ]);
  const lines = [
    ['name', 'type', 'labels', 'meaning', 'Kafka Connect'],
    Array<string>(5).fill('---'),
    ...rows,
  ];
  return lines
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('');
}
