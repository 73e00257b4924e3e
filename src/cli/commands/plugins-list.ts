import type { Command } from 'commander';
import { plugins } from '../../../connectors/index.js';
import type { PluginRegistry } from '../../sdk/index.js';
import { leaf, perform } from '../leaf.js';
import type { Output } from '../output.js';
import { table } from '../table.js';

export function pluginsList(): Command {
  const command = leaf('list', 'List the kinds of sources and sinks', [
    'plugins list',
    'plugins list --json',
  ]);
  return perform(command, async ({ out }) => {
    const result = await queryPlugins(plugins);
    if (out.json) out.result(result);
    else printPlugins(result, out);
  });
}

export interface Plugins {
  readonly plugins: readonly {
    readonly name: string;
    readonly kinds: readonly ('source' | 'sink')[];
    readonly summary: string;
  }[];
}

async function queryPlugins(registry: PluginRegistry): Promise<Plugins> {
  const loaded = await Promise.all(Object.values(registry).map((load) => load()));
  return {
    plugins: loaded.map(({ name, summary, source, sink }) => ({
      name,
      kinds: [source, sink].flatMap((side) => (side === undefined ? [] : [side.kind])),
      summary,
    })),
  };
}

function printPlugins(result: Plugins, out: Output): void {
  const rows = result.plugins.map(({ name, kinds, summary }) => [name, kinds.join(', '), summary]);
  out.data(table([{ title: 'name' }, { title: 'kind' }, { title: 'what it does' }], rows, out.style));
  out.talk(out.talkStyle.dim('\nrmq-connect plugins show NAME lists its settings'));
}
