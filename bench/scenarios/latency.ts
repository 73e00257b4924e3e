import { LatencyMeter } from '../meters/latency.js';
import type { Figures } from '../figures.js';
import type { MeasuredProcess } from '../measured-process.js';
import { ProcessMeter } from '../meters/process-meter.js';
import { megabytes } from '../meters/arrival.js';
import type { NamedSide, Scenario, Stage } from '../scenario.js';
import { fresh } from '../sides/fresh.js';
import { startProgram } from '../sides/program.js';
import { startWorker, writeJob } from '../sides/worker.js';
import type { Rocketmq } from '../places/places.js';

const seconds = 20;
const quickSeconds = 2;
/** Not counted: the program starts up and its code is compiled meanwhile. */
const skippedPart = 0.25;

/** From the making of a record to its being printed, at a rate that nothing is busy with. */
export const latency: readonly Scenario[] = [1_000, 10_000].map((rate) => ({
  name: `latency-${String(rate / 1_000)}k`,
  about: `${String(rate)} made-up records a second through one queue to stdout: from made to printed`,
  compares: 'p50_ms',
  bars:
    rate === 1_000
      ? [
          { figure: 'p50_ms', atMost: 5 },
          { figure: 'p99_ms', atMost: 25 },
        ]
      : [],
  prepare: (stage) => {
    const count = rate * (stage.quick ? quickSeconds : seconds);
    const worker = printing('rmq-connect', stage, count, async (topic, { nameserver }, onOutput) => {
      const config = { rate, count, template: '{now}' };
      const connectors = {
        make: { source: 'generate', topic, config },
        print: { sink: 'console', topic, group: fresh('latency') },
      };
      const job = await writeJob(stage, { rocketmq: { nameserver }, connectors });
      return startWorker(job, { once: true, onOutput });
    });
    const bare = printing('bare-latency', stage, count, (topic, { nameserver }, onOutput) =>
      startProgram('bare-latency', { nameserver, topic, group: fresh('latency'), count, rate }, onOutput),
    );
    return Promise.resolve({ measured: worker, references: [bare] });
  },
}));

/** A side that prints when each record was made. */
function printing(
  name: string,
  { places }: Stage,
  count: number,
  start: (
    topic: string,
    rocketmq: Rocketmq,
    onOutput: (text: string) => void,
  ) => MeasuredProcess | Promise<MeasuredProcess>,
): NamedSide {
  return {
    name,
    open: async () => {
      const rocketmq = await places.rocketmq();
      return {
        run: async (): Promise<Figures> => {
          const topic = fresh('latency');
          await rocketmq.cluster.admin.createTopic({ topic, queues: 1 });
          const meter = new LatencyMeter(count * skippedPart);
          const process = await start(topic, rocketmq, (text) => {
            meter.take(text, Date.now());
          });
          const resources = new ProcessMeter(process.pid);
          const looking = setInterval(() => resources.look(), 200);
          try {
            await process.ended;
          } finally {
            clearInterval(looking);
            await process.kill();
          }
          if (meter.seen !== count)
            throw new Error(`${String(meter.seen)} records arrived of ${String(count)}`);
          return { ...meter.figures(), peak_mb: megabytes(resources.look().peakBytes) };
        },
      };
    },
  };
}
