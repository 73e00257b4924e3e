import { setTimeout as sleep } from 'node:timers/promises';
import type { Figures } from '../figures.js';
import { megabytes } from '../meters/arrival.js';
import { ProcessMeter } from '../meters/process-meter.js';
import type { NamedSide, Scenario, Stage } from '../scenario.js';
import { fresh } from '../sides/fresh.js';
import { startWorker, writeJob } from '../sides/worker.js';
import { spreadOf } from '../statistics.js';

interface MemoryOf {
  readonly connectors: number;
  /** Records a second of all sources together. */
  readonly rate: number | 'unlimited';
  readonly atMostMb: number;
}

const seconds = 60;
const quickSeconds = 8;
const everyMs = 100;

/** Pairs of a source that makes up records and a sink that prints them to a stdout nobody reads. */
export const memory: readonly Scenario[] = [
  { connectors: 4, rate: 'unlimited', atMostMb: 150 } as const,
  { connectors: 500, rate: 5_000, atMostMb: 300 },
].map((of) => ({
  name: `memory-${String(of.connectors)}`,
  about: `${String(of.connectors)} connectors at ${of.rate === 'unlimited' ? 'full speed' : `${String(of.rate)} records a second in all`} for a minute: memory in its second half`,
  compares: 'steady_mb',
  bars: [{ figure: 'steady_mb', atMost: of.atMostMb }],
  mostRounds: 1,
  prepare: (stage) => Promise.resolve({ measured: resident(stage, of), references: [] }),
}));

function resident(stage: Stage, { connectors, rate }: MemoryOf): NamedSide {
  const pairs = connectors / 2;
  const forMs = 1000 * (stage.quick ? quickSeconds : seconds);
  return {
    name: 'rmq-connect',
    open: async () => {
      const { cluster, nameserver } = await stage.places.rocketmq();
      return {
        run: async (): Promise<Figures> => {
          const group = fresh('memory');
          const names = Array.from({ length: pairs }, (_, n) => `${group}-${String(n)}`);
          for (const topic of names) await cluster.admin.createTopic({ topic, queues: 1 });
          const each = rate === 'unlimited' ? rate : rate / pairs;
          const config = { rate: each, template: `{n} ${'x'.repeat(92)}` };
          const list = names.flatMap((topic) => [
            [`make-${topic}`, { source: 'generate', topic, config }],
            [`print-${topic}`, { sink: 'console', topic, group: topic }],
          ]);
          const job = await writeJob(stage, {
            rocketmq: { nameserver },
            connectors: Object.fromEntries(list) as Readonly<Record<string, object>>,
          });
          return watchMemory(startWorker(job, { once: false }), forMs);
        },
      };
    },
  };
}

/** Its process for so long; it is to run for ever. */
async function watchMemory(process: ReturnType<typeof startWorker>, forMs: number): Promise<Figures> {
  const meter = new ProcessMeter(process.pid);
  const later: number[] = [];
  try {
    const startedAt = performance.now();
    for (let passed = 0; passed < forMs; passed = performance.now() - startedAt) {
      if (process.hasEnded()) {
        await process.ended;
        throw new Error('it ended, and was to run on');
      }
      const { residentBytes } = meter.look();
      if (passed > forMs / 2 && residentBytes !== null) later.push(residentBytes);
      await sleep(everyMs);
    }
    return {
      peak_mb: megabytes(meter.look().peakBytes),
      steady_mb: megabytes(spreadOf(later)?.median ?? null),
    };
  } finally {
    await process.stop();
  }
}
