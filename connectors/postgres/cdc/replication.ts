import type { Client } from 'pg';
import { Held } from '../../sql/held.js';
import { connect, connectionOf, drop, type Connection, type RawConnection } from '../connect.js';
import { postgresError } from '../postgres-error.js';
import { quoteName } from '../quote.js';
import { lsnText, type Lsn } from './lsn.js';
import { decodeMessage, type LogMessage } from './pgoutput.js';

/** `reached`: the server has read its log up to `end`, and sent all there is for us. */
export type StreamMessage = LogMessage | { readonly kind: 'reached'; readonly end: Lsn };

export interface StreamOptions {
  readonly slot: string;
  readonly publication: string;
  /** Transactions that were committed at or behind it. */
  readonly from: Lsn;
  /** Up to where the server may forget: asked when it is told, which is at least every few seconds. */
  readonly confirmed: () => Lsn;
}

/** A server takes a client for dead that is silent for `wal_sender_timeout`, 60 s by default. */
const statusEveryMs = 2_000;

/**
 * The stream of a replication slot. What comes is held until it is taken, in bounded memory: while too much
 * waits, nothing is read from the socket, and the server waits. That we are alive is told all the same.
 */
export class ReplicationStream {
  readonly #client: Client;
  readonly #connection: RawConnection;
  readonly #options: StreamOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #messages: Held<StreamMessage>;

  private constructor(client: Client, options: StreamOptions) {
    this.#client = client;
    this.#connection = connectionOf(client);
    this.#options = options;
    this.#messages = new Held({
      pause: () => {
        this.#connection.stream.pause();
      },
      resume: () => {
        this.#connection.stream.resume();
      },
    });
    this.#timer = setInterval(() => {
      this.tell();
    }, statusEveryMs);
  }

  static async open(database: Connection, options: StreamOptions): Promise<ReplicationStream> {
    const client = await connect(database, { replication: true });
    const stream = new ReplicationStream(client, options);
    try {
      await stream.#start();
      return stream;
    } catch (error) {
      stream.close();
      throw slotError(options.slot, error);
    }
  }

  async #start(): Promise<void> {
    const { slot, publication, from } = this.#options;
    const started = new Promise<void>((resolve) => {
      this.#connection.once('replicationStart', resolve);
    });
    this.#connection.on('copyData', ({ chunk }) => {
      this.#received(chunk);
    });
    this.#connection.on('end', () => {
      this.#fail(postgresError(`the stream of slot ${slot} broke`, new Error('the connection was closed')));
    });
    // The replication protocol knows no other way to write a text.
    const names = `'${quoteName(publication).replaceAll("'", "''")}'`;
    // Ends only with the stream.
    const ended = this.#client.query(
      `START_REPLICATION SLOT ${quoteName(slot)} LOGICAL ${lsnText(from)} (proto_version '1', publication_names ${names})`,
    );
    ended.then(
      () => {
        this.#fail(postgresError(`the stream of slot ${slot} broke`, new Error('the server ended it')));
      },
      (error: unknown) => {
        this.#fail(slotError(slot, error));
      },
    );
    await Promise.race([started, ended]);
    this.tell();
  }

  /** The next message, or undefined while there is none. Throws when the stream has broken. */
  take(): StreamMessage | undefined {
    return this.#messages.take();
  }

  /** Resolves when there is something to take, when the stream has broken, or when `signal` aborts. */
  ready(signal: AbortSignal): Promise<void> {
    return this.#messages.ready(signal);
  }

  /** Tells the server that we are here, and up to where it may forget. */
  tell(): void {
    if (this.#messages.hasFailed) return;
    const confirmed = this.#options.confirmed();
    const status = Buffer.alloc(34);
    status.write('r', 'latin1');
    // Received, flushed, applied: what is not stored does not count as received, so that a server tells us
    // how far it has come whenever that is further.
    for (const offset of [1, 9, 17]) status.writeBigUInt64BE(confirmed, offset);
    status.writeBigInt64BE(BigInt(Date.now() - epoch) * 1000n, 25);
    this.#connection.sendCopyFromChunk(status);
  }

  /** Idempotent. */
  close(): void {
    clearInterval(this.#timer);
    this.#fail(new Error('it was closed'));
    drop(this.#client);
  }

  #received(chunk: Buffer): void {
    if (this.#messages.hasFailed) return;
    try {
      // `w`: where it begins, where the log ends, when it was sent, and the message.
      if (chunk[0] === 0x77) this.#messages.add(decodeMessage(chunk.subarray(25)), chunk.length);
      else if (chunk[0] === 0x6b) this.#keepalive(chunk);
    } catch (cause) {
      this.#fail(postgresError(`slot ${this.#options.slot} sent what cannot be read`, cause));
    }
  }

  /** `k`: how far the server has read, when it was sent, and whether it wants an answer at once. */
  #keepalive(chunk: Buffer): void {
    this.#messages.add({ kind: 'reached', end: chunk.readBigUInt64BE(1) }, 0);
    if (chunk[17] === 1) this.tell();
  }

  #fail(error: Error): void {
    clearInterval(this.#timer);
    this.#messages.fail(error);
  }
}

/** Milliseconds from 1970 to 2000. */
const epoch = 946_684_800_000;

function slotError(slot: string, error: unknown): Error {
  return postgresError(`cannot read replication slot ${slot}`, error, slotHint(error));
}

function slotHint(error: unknown): string | undefined {
  const message = error instanceof Error ? error.message : '';
  if (message.includes('is active for PID')) {
    return 'another program reads it, and only one can: stop that one, or end it with SELECT pg_terminate_backend(PID); it is tried again';
  }
  if (/publication .* does not exist/.test(message)) {
    return 'a publication must be there before the slot: make it again, then start anew with `rmq-connect offsets reset`';
  }
  if (/can no longer get changes|invalidated|wal_removed/.test(message)) {
    return 'the server has dropped log that was not read yet (max_slot_wal_keep_size): changes are lost; `rmq-connect offsets reset NAME --cleanup --yes` drops the slot, and the tables are read anew';
  }
  return undefined;
}
