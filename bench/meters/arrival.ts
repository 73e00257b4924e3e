import { setTimeout as sleep } from 'node:timers/promises';
import type { Figures } from '../figures.js';
import type { MeasuredProcess } from '../measured-process.js';
import { ProcessMeter } from './process-meter.js';

/** How many records the far end has. */
export type Count = () => Promise<number>;

export interface ArrivalOptions {
  readonly process: MeasuredProcess;
  /** The broker's processes; none where it is in the measured one. */
  readonly brokerPids: readonly number[];
  readonly count: Count;
  readonly total: number;
  /** Where the count moves only now and then: tells that it has begun, with none there yet. */
  readonly hasBegun?: () => Promise<boolean>;
  readonly everyMs?: number;
  readonly deadlineMs?: number;
}

/** The far end at one time. */
export interface Moment {
  /** Milliseconds of a steady clock. */
  readonly at: number;
  readonly count: number;
  readonly cpuSeconds: number | null;
  readonly brokerCpuSeconds: number | null;
  readonly peakBytes: number | null;
  readonly residentBytes: number | null;
}

const usualEveryMs = 20;
const usualDeadlineMs = 540_000;
/** A broker tells the end of a queue from an index that follows its log. */
const indexMayLagMs = 60_000;

/**
 * Looks again and again, from the first records at the far end until all are there. Rejects when the process
 * ends before that, when more arrive than were sent, or after the deadline.
 */
export async function watchArrival(options: ArrivalOptions): Promise<readonly Moment[]> {
  const { process, total, everyMs = usualEveryMs, deadlineMs = usualDeadlineMs } = options;
  const own = new ProcessMeter(process.pid);
  const brokers = options.brokerPids.map((pid) => new ProcessMeter(pid));
  const deadline = performance.now() + deadlineMs;
  const moments: Moment[] = [];
  let endedAt: number | null = null;
  for (;;) {
    if (process.hasEnded()) {
      await process.ended;
      endedAt ??= performance.now();
    }
    const count = await options.count();
    const begun = count > 0 || (options.hasBegun !== undefined && (await options.hasBegun()));
    if (begun || moments.length > 0) moments.push(momentOf(count, own, brokers));
    if (count > total) throw new Error(`${String(count)} records arrived of ${String(total)}`);
    if (count === total) return moments;
    if (endedAt !== null && performance.now() - endedAt > indexMayLagMs) {
      throw new Error(`it ended when ${String(count)} of ${String(total)} records had arrived`);
    }
    if (performance.now() > deadline) {
      throw new Error(
        `after ${String(deadlineMs / 1000)} s, ${String(count)} of ${String(total)} had arrived`,
      );
    }
    await sleep(everyMs);
  }
}

function momentOf(count: number, own: ProcessMeter, brokers: readonly ProcessMeter[]): Moment {
  return {
    at: performance.now(),
    count,
    ...own.look(),
    brokerCpuSeconds: sum(brokers.map((broker) => broker.look().cpuSeconds)),
  };
}

/** Null where one of them is not known. */
function sum(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((all, one) => (all === null || one === null ? null : all + one), 0);
}

/**
 * Rates between the first records and the last: what a program takes to start is in `first_record_ms`.
 * Nothing can be said of a rate when all came between two looks.
 */
export function transferFigures(
  moments: readonly Moment[],
  of: { readonly recordBytes: number; readonly startedAt: number; readonly brokerIsApart: boolean },
): Figures {
  const first = moments[0];
  const last = moments.at(-1);
  if (first === undefined || last === undefined) return {};
  const rate = rateBetween(first, last);
  const records = last.count - first.count;
  return {
    records_per_s: rate,
    mb_per_s: rate === null ? null : (rate * of.recordBytes) / 1e6,
    cpu_s_per_million: perMillion(first.cpuSeconds, last.cpuSeconds, records),
    ...(of.brokerIsApart
      ? {
          broker_cpu_s_per_million: perMillion(first.brokerCpuSeconds, last.brokerCpuSeconds, records),
        }
      : {}),
    peak_mb: megabytes(last.peakBytes),
    first_record_ms: first.at - of.startedAt,
  };
}

/** How the first and the last tenth of a long transfer compare. */
export function tenthFigures(moments: readonly Moment[]): Figures {
  const last = moments.at(-1);
  const first = moments[0];
  if (first === undefined || last === undefined) return {};
  const endOfFirst = moments.find(({ count }) => count >= last.count / 10) ?? last;
  const startOfLast = moments.find(({ count }) => count >= (last.count * 9) / 10) ?? last;
  const early = rateBetween(first, endOfFirst);
  const late = rateBetween(startOfLast, last);
  return {
    first_tenth_per_s: early,
    last_tenth_per_s: late,
    last_to_first: early === null || late === null ? null : late / early,
    first_tenth_mb: megabytes(endOfFirst.residentBytes),
    last_tenth_mb: megabytes(last.residentBytes),
  };
}

function rateBetween(from: Moment, to: Moment): number | null {
  const seconds = (to.at - from.at) / 1000;
  return seconds > 0 && to.count > from.count ? (to.count - from.count) / seconds : null;
}

function perMillion(before: number | null, after: number | null, records: number): number | null {
  if (before === null || after === null || records <= 0) return null;
  return ((after - before) / records) * 1e6;
}

export const megabytes = (bytes: number | null): number | null => (bytes === null ? null : bytes / 1e6);
