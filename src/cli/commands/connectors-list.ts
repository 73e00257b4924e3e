import type { Command } from 'commander';
import { DataDir, type ConnectorStatus, type State, type StoredDefinition } from '../../store/index.js';
import { nothingRemembered } from '../nothing-remembered.js';
import { leaf, perform } from '../leaf.js';
import { timeText } from '../number-text.js';
import type { Output } from '../output.js';
import { rememberedConnectors } from '../remembered.js';
import { stateText } from '../state-text.js';
import { incomplete, type Unanswered } from '../survey.js';
import { table } from '../table.js';

export function connectorsList(): Command {
  const command = leaf('list', 'Show the connectors this data directory remembers, running or not', [
    'connectors list',
    'connectors list --json',
  ]);
  return perform(command, async ({ out, dataDir }) => {
    const { result, unreadable, notes } = await queryConnectors(new DataDir(dataDir));
    const failure = incomplete(unreadable, result);
    for (const note of notes) out.talk(note);
    if (!out.json) printConnectors(result, dataDir, out);
    else if (failure === null) out.result(result);
    if (failure !== null) throw failure;
  });
}

export interface Connectors {
  readonly connectors: readonly {
    readonly connector: string;
    readonly kind: ConnectorStatus['kind'];
    readonly job: string;
    /** `api`: it was made through a worker's API. */
    readonly origin: StoredDefinition['origin'];
    /** The job file; null where it is in none. */
    readonly file: string | null;
    /** `stopped` where no worker ever said anything else. */
    readonly state: State;
    readonly running: boolean;
    /** When a worker last said something about it. */
    readonly updated_at: string | null;
  }[];
}

export async function queryConnectors(dataDir: DataDir): Promise<{
  readonly result: Connectors;
  readonly unreadable: readonly Unanswered[];
  readonly notes: readonly string[];
}> {
  const { connectors: remembered, unreadable, notes } = await rememberedConnectors(dataDir);
  const result = {
    connectors: remembered.map(({ name, definition, status, live }) => ({
      connector: name,
      kind: definition.kind,
      job: definition.job,
      origin: definition.origin,
      file: definition.origin === 'api' ? null : definition.file,
      state: status?.state ?? 'stopped',
      running: live,
      updated_at: status?.updated_at ?? null,
    })),
  };
  return { result, unreadable, notes };
}

function printConnectors({ connectors }: Connectors, dataDir: string, out: Output): void {
  if (connectors.length === 0) {
    out.talk(nothingRemembered('connector', dataDir));
    return;
  }
  const rows = connectors.map((connector) => [
    connector.connector,
    connector.kind,
    stateText(connector.state, out.style),
    connector.updated_at === null ? 'never ran' : timeText(connector.updated_at),
    connector.file ?? 'none: made through the API',
  ]);
  out.data(
    table(
      [
        { title: 'connector' },
        { title: 'kind' },
        { title: 'state' },
        { title: 'last seen' },
        { title: 'job file' },
      ],
      rows,
      out.style,
    ),
  );
}
