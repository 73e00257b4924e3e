import type { Consumer, Moved, Queue, QueueReader } from '../rocketmq/cluster.js';
import type { QueueOffset, SinkOffsets } from '../sdk/index.js';
import { GroupCommits } from './group-commits.js';
import { queueName } from '../rocketmq/queue-name.js';
import type { QueueGaps } from './queue-gaps.js';
import { startOffset } from './start-offset.js';

/** One queue on its way through a sink's task. */
export interface Channel {
  readonly queue: Queue;
  readonly reader: QueueReader;
  /** Where the next fetch starts. */
  fetched: number;
  /** The queue's end, as the last fetch told it; null before the first one is answered. */
  max: number | null;
  /** Everything below is written. */
  written: number;
  /** The group's offset, as far as we know. */
  committed: number;
  /** Where it ends; null while not known, or never. */
  end: number | null;
  /** Ends a long poll that waits for what will not come. */
  readonly close: AbortController;
  /** What was committed for the group; null in a sink that keeps no offsets itself. */
  readonly commits: GroupCommits | null;
  /** The sink does not know of the last commit. */
  unkept: boolean;
}

export interface ChannelOptions {
  readonly consumer: Consumer;
  readonly queues: readonly Queue[];
  readonly from: 'earliest' | 'latest' | number;
  /** What `from` is about. What members of the group have sent back lies elsewhere, and is always read from its start. */
  readonly topics: readonly string[];
  /** The sink's own offsets, which win over the group's; null where it keeps none. */
  readonly offsets: Pick<SinkOffsets, 'read' | 'set'> | null;
  /** What the readers of all queues may hold together. */
  readonly maxBytes: number;
  /** What to do where a queue does not hold the place to go on at. */
  readonly gaps: QueueGaps;
  readonly warn: (message: string) => void;
  readonly retrying: <T>(attempt: () => Promise<T>) => Promise<T>;
}

/** Opens the queues where the sink has to go on, and has a sink that keeps offsets know where that is. */
export async function openChannels(options: ChannelOptions): Promise<readonly Channel[]> {
  const { queues, offsets, retrying } = options;
  const kept = offsets === null ? [] : await retrying(() => offsets.read());
  const own = new Map(kept.map((entry) => [queueName(entry), entry]));
  const opening = queues.map((queue) =>
    retrying(() => openChannel(options, queue, own.get(queueName(queue)))),
  );
  try {
    const opened = await Promise.all(opening);
    const moved = opened.filter(({ queue, written }) => own.get(queueName(queue))?.offset !== written);
    if (offsets !== null && moved.length > 0) {
      await retrying(() => offsets.set(moved.map((channel) => ownOffset(channel, channel.written))));
    }
    return opened;
  } catch (error) {
    // Those that are still being opened are closed once they are: the run does not wait for them.
    for (const one of opening) {
      one.then(
        ({ reader }) => {
          reader.close();
        },
        () => undefined,
      );
    }
    throw error;
  }
}

async function openChannel(
  { consumer, from: wanted, topics, offsets, maxBytes, queues, gaps, warn }: ChannelOptions,
  queue: Queue,
  own: QueueOffset | undefined,
): Promise<Channel> {
  const from = topics.includes(queue.topic) ? wanted : 'earliest';
  const brokerRun = offsets === null ? null : await consumer.brokerRun(queue);
  const { offset, committed } = await startOffset(consumer, queue, { from, gaps, warn, own, brokerRun });
  const moved = (place: Moved): Promise<number> => gaps.moved(queue, place);
  return {
    queue,
    reader: consumer.reader(queue, offset, { maxBytes: maxBytes / queues.length, moved }),
    fetched: offset,
    max: null,
    written: offset,
    committed,
    end: null,
    close: new AbortController(),
    commits: offsets === null ? null : new GroupCommits(committed, brokerRun, own?.mark ?? null),
    unkept: false,
  };
}

/** For a sink that keeps offsets: everything below `offset` is done once what it is given with is written. */
export function ownOffset({ queue, commits }: Channel, offset: number): QueueOffset {
  const { topic, broker, queue: number } = queue;
  return { topic, broker, queue: number, offset, mark: commits?.mark ?? null };
}
