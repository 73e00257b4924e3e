import type { Figures } from '../figures.js';
import type { MeasuredProcess } from '../measured-process.js';
import { transferFigures, watchArrival, type ArrivalOptions, type Moment } from '../meters/arrival.js';

export interface Transfer extends Omit<ArrivalOptions, 'process'> {
  start(): Promise<MeasuredProcess> | MeasuredProcess;
  /** Of one record, without what separates it from the next. */
  readonly recordBytes: number;
  /** Whether the program ends by itself when all is done. */
  readonly endsItself: boolean;
  /** What else the moments show. */
  readonly alsoShows?: (moments: readonly Moment[]) => Figures;
}

/** Runs a program until everything is at the far end, once each. */
export async function transfer(of: Transfer): Promise<Figures> {
  const process = await of.start();
  try {
    const moments = await watchArrival({ ...of, process });
    if (of.endsItself) await process.ended;
    else await process.stop();
    const atTheEnd = await of.count();
    if (atTheEnd !== of.total) {
      throw new Error(
        `${String(atTheEnd)} records are there after it ended, of ${String(of.total)}: some came twice`,
      );
    }
    const { startedAt } = process;
    const brokerIsApart = of.brokerPids.length > 0;
    const { recordBytes } = of;
    return {
      ...transferFigures(moments, { recordBytes, startedAt, brokerIsApart }),
      ...of.alsoShows?.(moments),
    };
  } finally {
    await process.kill();
  }
}
