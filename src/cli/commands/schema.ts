import type { Command } from 'commander';
import { plugins } from '../../../connectors/index.js';
import { jobJsonSchema } from '../../job/schema.js';
import { leaf, perform } from '../leaf.js';

export function schema(): Command {
  const command = leaf('schema', 'Print the JSON Schema of job files, for editors', [
    'schema > rmq-connect.schema.json',
  ]);
  return perform(command, async ({ out }) => {
    const result = await jobJsonSchema(plugins);
    if (out.json) out.result(result);
    else out.data(JSON.stringify(result, null, 2));
  });
}
