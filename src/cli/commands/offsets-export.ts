import type { Command } from 'commander';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { DataDir } from '../../store/index.js';
import { ClusterAccess } from '../cluster-access.js';
import { CommandError } from '../exit-code.js';
import { leaf, perform } from '../leaf.js';
import {
  offsetsFileOf,
  type OffsetsFile,
  type SinkEntry,
  type SourceEntry,
} from '../offsets/offsets-file.js';
import { sinkEntry, sourceEntry } from '../offsets/plan.js';
import { sinkSubject } from '../offsets/sink-subject.js';
import { rememberedConnectors, type Remembered } from '../remembered.js';
import { incomplete, survey } from '../survey.js';

interface ExportOptions {
  readonly output?: string;
}

export function offsetsExport(): Command {
  const command = leaf(
    'export',
    'Write the positions and offsets of connectors as JSON that offsets import takes\nWhere something is not known, nothing is written. Mirrors are left out.',
    ['offsets export --output offsets.json', 'offsets export archive > archive.json'],
  )
    .argument('[connectors...]', 'only these')
    .option('--output <file>', 'write it there (default: standard output)');
  return perform<ExportOptions>(command, async ({ options, out, dataDir }, names: string[]) => {
    const file = await exportOffsets(new DataDir(dataDir), names);
    const text = JSON.stringify(file, null, 2);
    if (options.output !== undefined) {
      const path = resolve(options.output);
      await writeFile(path, `${text}\n`, { mode: 0o600 });
      if (out.json) out.result({ file: path, connectors: file.connectors.length });
      else out.talk(`written to ${path}`);
    } else if (out.json) out.result(file);
    else out.data(text);
  });
}

/** Throws where any of it is not known. */
async function exportOffsets(dataDir: DataDir, names: readonly string[]): Promise<OffsetsFile> {
  const access = new ClusterAccess(dataDir);
  try {
    const { connectors, unreadable } = await rememberedConnectors(dataDir, names);
    if (names.length > 0) refuseMirrors(connectors);
    const { answers, unanswered } = await survey<(typeof connectors)[number], SourceEntry | SinkEntry | null>(
      connectors,
      async (remembered) => {
        // A mirror's positions mean nothing without the queues they lead to.
        if (remembered.definition.kind === 'mirror') return null;
        if (remembered.definition.kind === 'source') return sourceEntry(remembered.name, [], dataDir);
        const { definition, standings } = await sinkSubject(remembered, access, dataDir);
        return sinkEntry(definition, standings);
      },
      () => null,
    );
    const failure = incomplete([...unreadable, ...unanswered], {});
    if (failure !== null) throw failure;
    return offsetsFileOf(
      answers.filter((entry) => entry !== null),
      new Date(),
    );
  } finally {
    await access.close();
  }
}

/** One that is asked for by name is not left out in silence. */
function refuseMirrors(connectors: readonly Remembered[]): void {
  const mirror = connectors.find(({ definition }) => definition.kind === 'mirror');
  if (mirror === undefined) return;
  const { name } = mirror;
  throw new CommandError('usage', 'unsupported', `${name} is a mirror: its places cannot be exported`, {
    hint: `rmq-connect offsets show ${name} shows them`,
  });
}
