import type { Client } from 'pg';
import type { Log } from '../../../src/sdk/index.js';
import { postgresError } from '../postgres-error.js';
import { bringUpToDate, findPublication } from './publication.js';
import { nameOf, queryText, tablesOf } from './tables.js';

export interface WatchedPublication {
  readonly client: Client;
  readonly publication: string;
  /** As the configuration names them. */
  readonly patterns: readonly string[];
  /** It is one that we have made, and may change. */
  readonly own: boolean;
  readonly log: Log;
  readonly connector: string;
}

const everyMs = 5_000;

/**
 * A table that is dropped is taken out of its publication, and one that is made in its place, or given its name, is not
 * in it: nothing of it would be in the log, and nobody would say so. This looks for such tables while the log is read.
 */
export class PublicationWatch {
  readonly #its: WatchedPublication;
  readonly #timer: NodeJS.Timeout;
  /** It is said once, however long it lasts. */
  #said = '';
  #isLooking = false;

  constructor(its: WatchedPublication) {
    this.#its = its;
    this.#timer = setInterval(() => {
      void this.#look();
    }, everyMs);
  }

  /** Idempotent. */
  close(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const { client, publication, patterns, own } = this.#its;
    try {
      const tables = await tablesOf(patterns, queryText(client));
      if (tables.length === 0) return;
      const found = await findPublication(client, publication, tables, own);
      if (found.missing.length === 0) return;
      if (own) {
        await bringUpToDate(client, publication, found);
        sayNew(this.#its, found.missing.map(nameOf));
      } else if (found.error !== null) {
        const { message, hint = '' } = found.error;
        this.#say(`${message}, so nothing of that is captured: ${hint}`);
      }
    } catch (error) {
      const { code, message } = postgresError('cannot see to what is captured', error);
      // A connection that broke is the log's to tell.
      if (code !== 'unreachable') this.#say(message);
    } finally {
      this.#isLooking = false;
    }
  }

  #say(what: string): void {
    if (what !== this.#said) this.#its.log.warn(what);
    this.#said = what;
  }
}

/** Of tables that were not in the publication of a source that has read it before. */
export function sayNew(
  { log, connector }: Pick<WatchedPublication, 'log' | 'connector'>,
  tables: readonly string[],
): void {
  log.warn(
    `${tables.join(', ')}: not published until now, as a table is that was made since, also in the place of another; ` +
      `what was written to it before is not captured: rmq-connect offsets reset ${connector} --yes reads the tables anew`,
  );
}
