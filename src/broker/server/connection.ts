import type { Socket } from 'node:net';
import {
  encodeFrame,
  flagOneWay,
  flagResponse,
  FrameReader,
  type Frame,
} from '../../rocketmq/remoting/codec/frame.js';
import { bracketed, hostBytes, plainAddress } from '../addresses.js';
import { messageOf, type BrokerLog } from '../broker-log.js';

/** RocketMQ 5.5.0's number; clients choose the form of what they send by it. */
export const protocolVersion = 513;
/** Answers waiting for a slow reader; no more of its requests are looked at before it has read them. */
const mostWaitingBytes = 4 * 1024 * 1024;
/** A client that is alive says so every 30 s. */
const idleMs = 120_000;
/** Of a client that is gone already. */
const nowhere = '0.0.0.0';

export interface Answer {
  readonly code: number;
  readonly remark?: string | undefined;
  readonly fields?: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
}

export interface ConnectionEvents {
  frame(connection: Connection, frame: Frame): void;
  closed(connection: Connection): void;
}

/** One client. Its requests are taken in the order they came; bytes that are no frame end it. */
export class Connection {
  readonly remoteAddress: string;
  /** The address the client reached the broker at, without the port. */
  readonly localHost: string;
  /** Address and port as they are stored in messages. */
  readonly bornHost: Buffer;
  readonly storeHost: Buffer;
  readonly #socket: Socket;
  readonly #reader = new FrameReader();
  readonly #events: ConnectionEvents;
  readonly #log: BrokerLog;
  readonly #backlog: Frame[] = [];
  #nextOpaque = 1;
  #working = false;

  constructor(socket: Socket, events: ConnectionEvents, log: BrokerLog) {
    this.#socket = socket;
    this.#events = events;
    this.#log = log;
    const remote = plainAddress(socket.remoteAddress ?? nowhere);
    this.localHost = plainAddress(socket.localAddress ?? nowhere);
    this.remoteAddress = `${bracketed(remote)}:${socket.remotePort ?? 0}`;
    this.bornHost = hostBytes(remote, socket.remotePort ?? 0);
    this.storeHost = hostBytes(this.localHost, socket.localPort ?? 0);
    socket.setNoDelay(true);
    socket.setTimeout(idleMs, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      this.#read(chunk);
    });
    socket.on('drain', () => {
      this.#work();
    });
    // A client may go at any time; what follows is 'close'.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.#backlog.length = 0;
      events.closed(this);
    });
  }

  get closed(): boolean {
    return this.#socket.destroyed;
  }

  /** Answers a request, unless it wanted no answer. */
  answer(request: Frame, answer: Answer): void {
    if ((request.header.flag & flagOneWay) !== 0) return;
    const header = {
      code: answer.code,
      ...(answer.fields === undefined ? {} : { extFields: answer.fields }),
      flag: flagResponse,
      language: 'JAVA',
      opaque: request.header.opaque,
      ...(answer.remark === undefined ? {} : { remark: answer.remark }),
      serializeTypeCurrentRPC: 'JSON',
      version: protocolVersion,
    };
    this.#write(encodeFrame(header, answer.body ?? []));
  }

  /** Sends the client a request that wants no answer. */
  tell(code: number, fields: Readonly<Record<string, string>>): void {
    const header = {
      code,
      extFields: fields,
      flag: flagOneWay,
      language: 'JAVA',
      opaque: this.#nextOpaque++,
      serializeTypeCurrentRPC: 'JSON',
      version: protocolVersion,
    };
    this.#write(encodeFrame(header, []));
  }

  /** Has a request of this connection looked at (again), as soon as the client has read enough. */
  enqueue(frame: Frame): void {
    this.#backlog.push(frame);
    this.#work();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    let frames: Frame[];
    try {
      frames = this.#reader.push(chunk);
    } catch (error) {
      this.#log.warn(`closing the connection of ${this.remoteAddress}: ${messageOf(error)}`);
      this.#socket.destroy();
      return;
    }
    for (const frame of frames) this.#backlog.push(frame);
    this.#work();
  }

  #work(): void {
    if (this.#working) return;
    this.#working = true;
    this.#socket.cork();
    let done = 0;
    while (done < this.#backlog.length && this.#socket.writableLength <= mostWaitingBytes && !this.closed) {
      const frame = this.#backlog[done++];
      if (frame !== undefined) this.#events.frame(this, frame);
    }
    this.#backlog.splice(0, done);
    this.#socket.uncork();
    this.#working = false;
    if (this.#backlog.length > 0) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #write(parts: readonly Buffer[]): void {
    if (this.closed) return;
    for (const part of parts) this.#socket.write(part);
  }
}
