import { ask, get } from './api.js';
import type { History, Overview } from './model.js';

/** Dead letters of a connector that have a stage, an error and a state in common. */
export interface LetterGroup {
  readonly connector: string;
  readonly topic: string;
  readonly stage: string;
  readonly error: string;
  readonly state: string;
  readonly count: number;
  readonly newest: string;
  readonly message: string;
}

/** What came of giving letters back. */
export interface Replayed {
  readonly connectors: readonly {
    readonly connector: string;
    readonly replayed: number;
    readonly refused: readonly { readonly reason: string }[];
  }[];
}

export interface KnownOffset {
  readonly partition: unknown;
  readonly offset: unknown;
}

export const connectorPath = (name: string): string => `connectors/${encodeURIComponent(name)}`;

export const readOverview = (): Promise<Overview> => get('overview');
export const readHistory = (): Promise<History> => get('history');

export async function readOffsets(name: string): Promise<readonly KnownOffset[]> {
  const { offsets } = await get<{ readonly offsets: readonly KnownOffset[] }>(
    `${connectorPath(name)}/offsets`,
  );
  return offsets;
}

export const readConfig = (name: string): Promise<unknown> => get(`${connectorPath(name)}/config`);

export async function readLetters(): Promise<readonly LetterGroup[]> {
  const { groups } = await get<{ readonly groups: readonly LetterGroup[] }>('dlq');
  return groups;
}

/** Gives the letters of a group back to their connector. */
export const replayLetters = ({ connector, stage, error }: LetterGroup): Promise<Replayed> =>
  ask('POST', `dlq/${encodeURIComponent(connector)}/replay`, { stage, error, to_connector: true });

/** What a button asks for. Says what was done. */
export async function command(what: string, name: string, task: string | undefined): Promise<string> {
  const path = connectorPath(name);
  switch (what) {
    case 'pause':
    case 'resume':
    case 'stop':
      await ask('PUT', `${path}/${what}`);
      return `${name}: ${what} was asked for`;
    case 'restart':
      await ask('POST', `${path}/restart?includeTasks=true`);
      return `${name} is restarted`;
    case 'restart-task':
      await ask('POST', `${path}/tasks/${task ?? '0'}/restart`);
      return `${name}: task ${task ?? '0'} is restarted`;
    case 'delete':
      await ask('DELETE', path);
      return `${name} is deleted`;
    default:
      throw new Error(`nothing is done by ${what}`);
  }
}
