import { z } from 'zod';
import { templateProblem } from './path-template.js';

const path = z.string().min(1);

export const sourceSpec = z.strictObject({
  path: z
    .union([path, z.array(path).min(1)])
    .describe(
      'The files: a path, a glob (`logs/**/*.log`), or a list of them, relative to the job file. Every file is a partition.',
    ),
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

export const sinkSpec = z.strictObject({
  path: path
    .superRefine((template, context) => {
      const problem = templateProblem(template);
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
    })
    .describe(
      'The file, relative to the job file; folders are made. Parts that are filled in for each record: ' +
        '{topic}, {broker}, {queue}, {key}, {date:yyyy-MM-dd} (when the broker stored it, in UTC).',
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
