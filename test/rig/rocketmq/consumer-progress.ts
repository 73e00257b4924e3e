/** A queue as `mqadmin consumerProgress -g` prints it. */
export interface QueueProgress {
  readonly topic: string;
  readonly broker: string;
  readonly queue: number;
  readonly max: number;
  readonly offset: number;
  readonly lag: number;
}

const row = /^(\S+)\s+(\S+)\s+(\d+)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)\s+(\S.*)$/;

/** The rows of one topic, by broker and queue; throws where the sum it prints is not the sum of its rows. */
export function consumerProgress(stdout: string, topic: string): readonly QueueProgress[] {
  const rows = stdout.split('\n').flatMap((line): QueueProgress[] => {
    const cells = row.exec(line.trim())?.slice(1);
    if (cells?.[0] === undefined || cells[1] === undefined || cells[0].startsWith('#')) return [];
    const [max, offset, lag] = [cells[3], cells[4], cells[5]].map(Number);
    if (max === undefined || offset === undefined || lag === undefined) return [];
    return [{ topic: cells[0], broker: cells[1], queue: Number(cells[2]), max, offset, lag }];
  });
  const total = /Consume Diff Total: (-?\d+)/.exec(stdout)?.[1];
  const sum = rows.reduce((all, { lag }) => all + lag, 0);
  if (total !== String(sum))
    throw new Error(`rows of consumerProgress do not add up to its total:\n${stdout}`);
  return rows
    .filter((queue) => queue.topic === topic)
    .sort((a, b) => a.broker.localeCompare(b.broker) || a.queue - b.queue);
}
