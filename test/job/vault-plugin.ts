import { z } from 'zod';
import type { Plugin, SinkPlugin } from '../../src/sdk/index.js';

/** A sink with all that a spec can ask for, and that says its secrets out loud when checked. */
const spec = z.strictObject({
  url: z.url(),
  passphrase: z.string().min(8).describe('Opens the vault.').meta({ secret: true }),
  password: z.string().optional(),
  retries: z.int().min(0).max(9).optional(),
  share: z.number().gt(0).lt(1).optional(),
  labels: z.record(z.string().regex(/^[a-z]+$/), z.string()).optional(),
  columns: z.array(z.strictObject({ name: z.string(), width: z.int().optional() })).optional(),
  target: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('table'), table: z.string() }),
      z.strictObject({ kind: z.literal('view') }),
    ])
    .optional(),
  speed: z.union([z.number().positive(), z.literal('unlimited')]).optional(),
});

const sink: SinkPlugin<z.output<typeof spec>> = {
  kind: 'sink',
  spec,
  check(config) {
    if (config.retries !== 9) return Promise.resolve([]);
    return Promise.resolve([
      {
        severity: 'error',
        path: ['retries'],
        message: `nine retries with ${config.passphrase} and ${config.password ?? 'none'}`,
        hint: `not with ${config.passphrase}`,
      },
      { severity: 'warning', path: ['columns', 0, 'name'], message: 'the first column is not used' },
    ]);
  },
  start: () => Promise.reject(new Error('a checked job never starts')),
};

export const vault: Plugin = {
  name: 'vault',
  summary: 'Keeps records to itself.',
  sink: sink,
  example: 'none.yaml',
};
