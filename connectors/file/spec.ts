import { z } from 'zod';
import { templateProblem } from './path-template.js';

const path = z.string().min(1);

export const columnTypes = ['string', 'integer', 'number', 'boolean', 'json'] as const;

export const sourceSpec = z.strictObject({
  path: z
    .union([path, z.array(path).min(1)])
    .describe(
      'The files: a path, a glob (`logs/**/*.log`), a folder (all files right in it), or a list of them, relative ' +
        'to the job file. Every file is a partition.',
    ),
  records: z
    .enum(['lines', 'jsonl', 'csv', 'parquet'])
    .default('lines')
    .describe(
      'What a record is: a line; a line that is not blank (`jsonl`; `format: json` checks it); a row of CSV or Parquet ' +
        'as an object, for `format: json`.',
    ),
  csv: z
    .strictObject({
      header: z.boolean().default(true).describe('Whether the first row has the names of the columns.'),
      columns: z
        .array(z.string().min(1))
        .min(1)
        .exactOptional()
        .describe('The names of the columns; needed without a header, and win over it.'),
      types: z
        .record(z.string(), z.enum(columnTypes))
        .default({})
        .describe(
          'What the fields of a column are; text where nothing is said. A field without text is null, in text columns ' +
            'empty text.',
        ),
      delimiter: z.string().length(1).default(',').describe('What stands between two fields.'),
    })
    .prefault({})
    .describe('With `records: csv`.'),
  marker: z
    .string()
    .min(1)
    .exactOptional()
    .describe('A file is read once there is one of its name and this ending beside it, such as `.done`.'),
  when_done: z
    .enum(['keep', 'mark', 'move', 'delete'])
    .default('keep')
    .describe(
      'What becomes of a file when all of it is stored: nothing, an empty file of its name and `.done` beside it, a ' +
        'move into `done_folder`, its end. But for `keep`, files are read once and are not expected to grow.',
    ),
  done_folder: z
    .string()
    .min(1)
    .default('done')
    .describe('With `when_done: move`: where to, relative to the folder of the file.'),
  follow: z
    .boolean()
    .default(true)
    .describe(
      'Wait for more at the end of a file, and for more files. With false, or `--once`, reading ends at the ' +
        'end that was there at the start.',
    ),
  poll_ms: z
    .int()
    .min(10)
    .max(60_000)
    .default(500)
    .describe(
      'How often files are looked at where the system does not report changes. Files that stay as they are ' +
        'are looked at ever more rarely, at least every 16th time.',
    ),
  compression: z
    .enum(['auto', 'none', 'gzip'])
    .default('auto')
    .describe('`auto` takes files ending in .gz as gzip. Compressed files are read once, not followed.'),
  max_line_bytes: z
    .int()
    .min(1)
    .max(64 * 1024 * 1024)
    .default(4 * 1024 * 1024 - 64 * 1024)
    .describe('The longest line, without its newline. A broker takes messages of 4 MiB by default.'),
  long_lines: z
    .enum(['fail', 'skip', 'split'])
    .default('fail')
    .describe(
      'What becomes of longer lines: `fail` stops the task, `skip` leaves them out with a warning, `split` ' +
        'makes records of max_line_bytes of them.',
    ),
});

export type FileSourceConfig = z.infer<typeof sourceSpec>;

const roll = z.strictObject({
  bytes: z
    .int()
    .min(1)
    .default(128 * 1024 * 1024)
    .describe('A file is ended when its records have so many bytes, before they are packed.'),
  age_ms: z.int().min(100).exactOptional().describe('A file is ended so long after its first record.'),
});

const columns = z.array(z.string().min(1)).min(1);

export const sinkSpec = z.strictObject({
  path: path
    .superRefine((template, context) => {
      const problem = templateProblem(template);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    })
    .describe(
      'The file, relative to the job file; folders are made. Parts that are filled in for each record: ' +
        '{topic}, {broker}, {queue}, {key}, {header.NAME}, {value.FIELD}, {date:yyyy-MM-dd} (when the broker ' +
        'stored it, in UTC). With `roll` also {number}.',
    ),
  records: z
    .enum(['lines', 'csv', 'parquet'])
    .default('lines')
    .describe(
      'What a file holds: each value as a line (JSON lines with `format: json`), or the fields of values that ' +
        'are objects as rows.',
    ),
  csv: z
    .strictObject({
      columns: columns
        .exactOptional()
        .describe('The columns, in their order. Default: all fields that the records of a file have.'),
      delimiter: z.string().length(1).default(',').describe('What stands between two fields.'),
      header: z.boolean().default(true).describe('Whether the first row has the names of the columns.'),
    })
    .prefault({})
    .describe('With `records: csv`.'),
  compression: z.enum(['none', 'gzip']).default('none').describe('How whole files are packed.'),
  roll: roll
    .exactOptional()
    .describe(
      'Many files, one after the other, each of which appears only when it is whole; the default where files ' +
        'are rows or packed. Without it one file grows.',
    ),
  nulls: z
    .enum(['skip', 'empty'])
    .default('skip')
    .describe(
      'What becomes of records without a value: `skip` leaves them out, `empty` writes an empty line.',
    ),
  fsync: z
    .enum(['commit', 'always', 'never'])
    .default('commit')
    .describe(
      'When the disk is made to have the lines: before offsets are committed, after every batch, or when the ' +
        'system likes (a power failure may then lose lines).',
    ),
  max_open_files: z
    .int()
    .min(1)
    .max(10_000)
    .default(100)
    .describe('How many files are kept open at once; those written longest ago are closed first.'),
});

export type FileSinkConfig = z.infer<typeof sinkSpec>;
export type Rolling = z.infer<typeof roll>;

/** When files are ended; null where one file grows. */
export function rollingOf({ roll: given, records, compression }: FileSinkConfig): Rolling | null {
  return given ?? (records === 'lines' && compression === 'none' ? null : roll.parse({}));
}
