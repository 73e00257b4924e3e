import { connect, type Socket } from 'node:net';

/**
 * Asks one Kafka broker for the ends of a topic's partitions: ListOffsets (key 2) version 1, as
 * https://kafka.apache.org/protocol describes it. Sizes are big-endian.
 *
 *     request:  i32 size | i16 2, i16 1, i32 correlation, string client | i32 replica -1, array of topics:
 *               string name, array of partitions: i32 partition, i64 -1 (the end)
 *     answer:   i32 size | i32 correlation | array of topics: string name, array of partitions:
 *               i32 partition, i16 error, i64 timestamp, i64 offset
 */
export class ListOffsets {
  readonly #socket: Socket;
  #chunks = Buffer.alloc(0);
  #waiting: { resolve: (answer: Buffer) => void; reject: (error: unknown) => void } | undefined;

  constructor(port: number) {
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.on('data', (chunk: Buffer) => {
      this.#chunks = Buffer.concat([this.#chunks, chunk]);
      this.#take();
    });
    const lost = (error?: unknown): void => {
      this.#waiting?.reject(error ?? new Error('Kafka closed the connection'));
    };
    this.#socket.on('error', lost);
    this.#socket.on('close', lost);
  }

  /** The sum of the partitions' ends; 0 while there is no such topic. One question at a time. */
  async end(topic: string, partitions: number): Promise<number> {
    const answer = await new Promise<Buffer>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request(topic, partitions));
    });
    return sumOf(answer);
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(): void {
    if (this.#chunks.length < 4) return;
    const end = 4 + this.#chunks.readInt32BE(0);
    if (this.#chunks.length < end) return;
    const answer = this.#chunks.subarray(4, end);
    this.#chunks = this.#chunks.subarray(end);
    this.#waiting?.resolve(answer);
  }
}

function request(topic: string, partitions: number): Buffer {
  const client = string('bench');
  const name = string(topic);
  const out = Buffer.alloc(4 + 8 + client.length + 4 + 4 + name.length + 4 + 12 * partitions);
  let at = out.writeInt32BE(out.length - 4, 0);
  at = out.writeInt16BE(2, at);
  at = out.writeInt16BE(1, at);
  at = out.writeInt32BE(1, at);
  at += client.copy(out, at);
  at = out.writeInt32BE(-1, at);
  at = out.writeInt32BE(1, at);
  at += name.copy(out, at);
  at = out.writeInt32BE(partitions, at);
  for (let partition = 0; partition < partitions; partition++) {
    at = out.writeInt32BE(partition, at);
    at = out.writeBigInt64BE(-1n, at);
  }
  return out;
}

function string(text: string): Buffer {
  const out = Buffer.alloc(2 + text.length);
  out.writeInt16BE(text.length, 0);
  out.write(text, 2, 'latin1');
  return out;
}

/** UNKNOWN_TOPIC_OR_PARTITION, LEADER_NOT_AVAILABLE, NOT_LEADER_OR_FOLLOWER: it is being made. */
const notThereYet: ReadonlySet<number> = new Set([3, 5, 6]);

function sumOf(answer: Buffer): number {
  let at = 4 + 4;
  at += 2 + answer.readInt16BE(at);
  const partitions = answer.readInt32BE(at);
  at += 4;
  let sum = 0;
  for (let n = 0; n < partitions; n++, at += 22) {
    const error = answer.readInt16BE(at + 4);
    if (error === 0) sum += Math.max(0, Number(answer.readBigInt64BE(at + 14)));
    else if (!notThereYet.has(error)) throw new Error(`Kafka answers error ${String(error)} to ListOffsets`);
  }
  return sum;
}
