import { EventEmitter } from 'node:events';
import { ConnectorError, errorText } from '../../../src/sdk/index.js';
import { Held } from '../../sql/held.js';
import { Mysql } from '../connect.js';
import { grantHint } from '../grant.js';
import { mysqlError } from '../mysql-error.js';
import type { LogPlace } from './position.js';
import type { CdcConfig } from './spec.js';

export interface BinlogOptions {
  readonly serverId: number;
  /** Between two transactions. */
  readonly from: LogPlace;
  /** How long a server that gives a sign of life each second may be silent. */
  readonly silenceMs?: number;
}

const usualSilenceMs = 60_000;

/** The events of a server's binlog, as bytes, without checksums. While too much waits, the server waits. */
export class BinlogStream {
  readonly #mysql: Mysql;
  readonly #events: Held<Buffer>;
  /** When the server was last heard; null: nobody listens, as too much waits. */
  #heardAt: number | null = performance.now();
  #watch: NodeJS.Timeout | undefined;

  private constructor(mysql: Mysql) {
    this.#mysql = mysql;
    const connection = rawOf(mysql);
    this.#events = new Held({
      pause: () => {
        this.#heardAt = null;
        connection.pause();
      },
      resume: () => {
        this.#heardAt = performance.now();
        connection.resume();
      },
    });
  }

  static async open(config: CdcConfig, options: BinlogOptions): Promise<BinlogStream> {
    const mysql = await Mysql.open(config, config.baseDir);
    try {
      // We know checksums, and GTIDs as events of their own, and want a sign of life each second.
      await mysql.run(`SET @master_binlog_checksum = @@global.binlog_checksum,
        @source_binlog_checksum = @@global.binlog_checksum, @mariadb_slave_capability = 4,
        @master_heartbeat_period = 1000000000, @source_heartbeat_period = 1000000000`);
      const [row] = await mysql.texts('SELECT @@global.binlog_checksum AS checksum');
      const stream = new BinlogStream(mysql);
      stream.#start(options, row?.checksum === 'NONE' ? 0 : 4);
      return stream;
    } catch (error) {
      mysql.drop();
      throw mysqlError('cannot read the binlog', error);
    }
  }

  /** `checksum`: how many bytes of it there are at the end of each event. */
  #start(options: BinlogOptions, checksum: number): void {
    const connection = rawOf(this.#mysql);
    const command = new DumpCommand(options, checksum, (event) => {
      if (this.#heardAt !== null) this.#heardAt = performance.now();
      this.#events.add(event, event.length);
    });
    this.#watchSilence(options);
    command.on('error', (error: unknown) => {
      this.#events.fail(binlogError(this.#mysql, options, error));
    });
    for (const event of ['error', 'end', 'close'] as const) {
      connection.on(event, (error: unknown) => {
        this.#events.fail(binlogError(this.#mysql, options, error ?? new Error('the connection was closed')));
      });
    }
    connection.stream.on('close', () => {
      this.#events.fail(binlogError(this.#mysql, options, new Error('the connection was closed')));
    });
    connection.addCommand(command);
  }

  /** A server that vanished without a word would be listened to for hours: nothing is sent that it could fail to answer. */
  #watchSilence(options: BinlogOptions): void {
    const { silenceMs = usualSilenceMs } = options;
    this.#watch = setInterval(() => {
      if (this.#heardAt === null || performance.now() - this.#heardAt < silenceMs) return;
      const error = new Error(`the server gave no sign of life for ${String(silenceMs / 1_000)} s`);
      this.#events.fail(binlogError(this.#mysql, options, error));
      this.close();
    }, silenceMs / 10);
  }

  /** The next event, or undefined while there is none. Throws when the stream has broken. */
  take(): Buffer | undefined {
    return this.#events.take();
  }

  /** Resolves when there is something to take, when the stream has broken, or when `signal` aborts. */
  ready(signal: AbortSignal): Promise<void> {
    return this.#events.ready(signal);
  }

  /** Idempotent. */
  close(): void {
    clearInterval(this.#watch);
    this.#events.fail(new Error('it was closed'));
    this.#mysql.drop();
  }
}

/** What mysql2 does not show in its types: a connection takes commands of any kind. */
interface RawConnection {
  readonly stream: { on(event: 'close', listener: () => void): void };
  pause(): void;
  resume(): void;
  addCommand(command: DumpCommand): void;
  on(event: 'error' | 'end' | 'close', listener: (error: unknown) => void): void;
}

interface RawPacket {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
  isEOF(): boolean;
  isError(): boolean;
  asError(encoding: string): Error;
}

interface CommandConnection {
  readonly clientEncoding: string;
  _resetSequenceId(): void;
  writePacket(packet: DumpRequest): void;
}

const rawOf = (mysql: Mysql): RawConnection => mysql.connection as unknown as RawConnection;

/** COM_BINLOG_DUMP, in the form of mysql2's own commands: `execute` is called with each packet of the answer. */
class DumpCommand extends EventEmitter {
  readonly #options: BinlogOptions;
  readonly #checksum: number;
  readonly #came: (event: Buffer) => void;
  #started = false;

  constructor(options: BinlogOptions, checksum: number, came: (event: Buffer) => void) {
    super();
    this.#options = options;
    this.#checksum = checksum;
    this.#came = came;
  }

  /** Whether it has ended. */
  execute(packet: RawPacket | null | undefined, connection: CommandConnection): boolean {
    if (!this.#started) {
      this.#started = true;
      connection._resetSequenceId();
      connection.writePacket(new DumpRequest(this.#options));
      return false;
    }
    if (packet === null || packet === undefined) return false;
    if (packet.isError()) {
      this.emit('error', packet.asError(connection.clientEncoding));
      this.emit('end');
      return true;
    }
    if (packet.isEOF()) {
      this.emit('error', new Error('the server ended the stream'));
      this.emit('end');
      return true;
    }
    // Behind the packet's header and a byte that says that all is well. A copy: the buffer is used again.
    this.#came(Buffer.from(packet.buffer.subarray(packet.start + 5, packet.end - this.#checksum)));
    return false;
  }
}

/** 0x12, position, flags, server id, file. */
class DumpRequest {
  readonly buffer: Buffer;
  offset = 0;

  constructor({ serverId, from: { file, pos } }: BinlogOptions) {
    const name = Buffer.from(file);
    this.buffer = Buffer.alloc(15 + name.length);
    this.buffer.writeUInt8(0x12, 4);
    this.buffer.writeUInt32LE(pos, 5);
    this.buffer.writeUInt16LE(0, 9);
    this.buffer.writeUInt32LE(serverId, 11);
    name.copy(this.buffer, 15);
  }

  length(): number {
    return this.buffer.length;
  }

  writeHeader(sequenceId: number): void {
    this.buffer.writeUIntLE(this.buffer.length - 4, 0, 3);
    this.buffer.writeUInt8(sequenceId, 3);
  }
}

function binlogError(mysql: Mysql, { from, serverId }: BinlogOptions, error: unknown): Error {
  const message = errorText(error);
  const action = `cannot read the binlog from ${from.file}:${String(from.pos)}`;
  if (/could not find first log file|purged|impossible position|Could not find target log/i.test(message)) {
    return new ConnectorError(
      'config',
      `${action}: changes are lost, the server does not have them any more`,
      {
        cause: error,
        hint: 'rmq-connect offsets reset NAME --yes reads the tables anew; keep binlogs longer: binlog_expire_logs_seconds',
      },
    );
  }
  if (/same server_(uuid|id)/i.test(message)) {
    return mysqlError(
      action,
      error,
      `another reader has server_id ${String(serverId)}: set server_id to a number of its own`,
    );
  }
  return mysqlError(action, error, grantHint(mysql, error, 'REPLICATION SLAVE', '*.*'));
}
