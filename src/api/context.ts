import type { Connectors } from '../control/connectors.js';
import type { Surroundings } from '../control/entries.js';
import type { JsonValue } from '../sdk/index.js';
import type { ConnectorStatus } from '../store/index.js';
import type { EventHub } from './event-hub.js';
import type { WatchContext } from './watch/context.js';
import type { PageFolders } from './watch/page.js';

/** What the routes work on. */
export interface ApiContext {
  readonly version: string;
  /** `host:port`: which worker answers. */
  readonly workerId: string;
  /** Where RocketMQ is, for messages. */
  readonly address: string;
  readonly connectors: Connectors;
  readonly around: Surroundings;
  readonly events: EventHub;
  /** In the order they were started. */
  status(): readonly ConnectorStatus[];
  readonly watch: WatchContext;
  /** Null: there is no page. */
  readonly page: PageFolders | null;
  readonly inquiries: Inquiries;
  readonly logLevel: LevelSwitch;
}

/** A place of a connector, in the form in which it can be set. */
export interface OffsetEntry {
  readonly partition: Readonly<Record<string, JsonValue>>;
  /** null: it has none. */
  readonly offset: Readonly<Record<string, JsonValue>> | null;
}

export interface LetterChoice {
  readonly connector: string | undefined;
  readonly stage?: string | undefined;
  readonly error?: string | undefined;
  readonly ids?: readonly string[] | undefined;
}

/** What is asked of the data directory and of RocketMQ, in the words of the commands. */
export interface Inquiries {
  offsets(connector: string): Promise<readonly OffsetEntry[]>;
  /** While it is stopped. Resolves with a sentence on what was done. */
  moveOffsets(connector: string, entries: readonly OffsetEntry[]): Promise<string>;
  resetOffsets(connector: string): Promise<string>;
  lag(): Promise<object>;
  mirrors(): Promise<object>;
  letterGroups(choice: LetterChoice): Promise<object>;
  letters(choice: LetterChoice, limit: number): Promise<object>;
  replay(
    choice: LetterChoice,
    how: { readonly toConnector: boolean; readonly again: boolean },
  ): Promise<object>;
}

/** How much is told in the worker's log. */
export interface LevelSwitch {
  readonly levels: readonly string[];
  readonly level: string;
  /** When it was last changed; null: never. */
  readonly changedAt: Date | null;
  set(level: string): void;
}
