import type { Queue, QueueReader, ReaderOptions } from '../cluster.js';
import { WireQueueReader } from './queue-reader.js';
import { pull } from './requests/pull.js';
import type { Routes } from './routes.js';

/** A reader that pulls in the name of the group. */
export function openReader(
  routes: Routes,
  group: string,
  queue: Queue,
  offset: number,
  {
    maxBytes,
    gather,
    moved,
    asStored = false,
    onClose,
  }: ReaderOptions & { asStored?: boolean; onClose: () => void },
): QueueReader {
  return new WireQueueReader({
    queue,
    offset,
    maxBytes,
    gather,
    moved,
    pull: (wanted, signal) =>
      routes.at(queue, (ask) =>
        pull(
          ask,
          { group, topic: queue.topic, broker: queue.broker, queue: queue.queue, asStored, ...wanted },
          signal,
        ),
      ),
    onClose,
  });
}
