import type { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plugins } from '../../../connectors/index.js';
import type { PluginRegistry } from '../../sdk/index.js';
import { CommandError } from '../exit-code.js';
import { leaf, perform } from '../leaf.js';
import type { Output } from '../output.js';
import { packageRoot } from '../package-root.js';
import { pluginFields, type PluginField } from '../plugin-fields.js';

export function pluginsShow(): Command {
  const command = leaf('show', 'Show the settings of a source or sink, with an example job', [
    'plugins show file',
    'plugins show file --json',
  ]).argument('<name>', 'the plugin, as in source: file');
  return perform<object>(command, async ({ out }, name: string) => {
    const result = await queryPlugin(plugins, name);
    if (out.json) out.result(result);
    else printPlugin(result, out);
  });
}

export interface PluginDetails {
  readonly name: string;
  readonly summary: string;
  readonly source: { readonly fields: readonly PluginField[] } | null;
  readonly sink: { readonly fields: readonly PluginField[] } | null;
  /** A job file that runs as it is. */
  readonly example: { readonly file: string; readonly text: string };
}

async function queryPlugin(registry: PluginRegistry, name: string): Promise<PluginDetails> {
  const load = Object.hasOwn(registry, name) ? registry[name] : undefined;
  if (load === undefined) {
    throw new CommandError('usage', 'unknown_plugin', `there is no plugin ${name}`, {
      hint: `there are: ${Object.keys(registry).join(', ')}; what mirror: rocketmq takes is in docs/routing.md`,
    });
  }
  const { summary, source, sink, example } = await load();
  const file = join(packageRoot, example);
  return {
    name,
    summary,
    source: source === undefined ? null : { fields: pluginFields(source.spec) },
    sink: sink === undefined ? null : { fields: pluginFields(sink.spec) },
    example: { file, text: await readFile(file, 'utf8') },
  };
}

function printPlugin(plugin: PluginDetails, out: Output): void {
  const { bold, dim } = out.style;
  out.data(`${bold(plugin.name)}: ${plugin.summary}`);
  for (const kind of ['source', 'sink'] as const) {
    const side = plugin[kind];
    if (side === null) continue;
    out.data(`\n${bold(`${kind}: ${plugin.name}`)}`);
    if (side.fields.length === 0) out.data('  has no settings');
    for (const field of side.fields) out.data(fieldText(field, out));
  }
  out.data(`\n${bold('Example')} ${dim(plugin.example.file)}\n`);
  out.data(plugin.example.text.trimEnd());
}

function fieldText({ field, type, required, default: usual, description }: PluginField, out: Output): string {
  const { cyan, dim, yellow } = out.style;
  const marks = required ? yellow('required') : usual === null ? '' : dim(`default ${JSON.stringify(usual)}`);
  const indent = '      ';
  const text = wrap(description, Math.min(out.dataColumns, widestText) - indent.length);
  return [`  ${cyan(field)}  ${type}  ${marks}`.trimEnd(), ...text.map((line) => indent + line)].join('\n');
}

/** Longer lines are hard to read. */
const widestText = 100;

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return line === '' ? lines : [...lines, line];
}
