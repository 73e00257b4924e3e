import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { z } from 'zod';
import { Connectors } from '../../src/control/connectors.js';
import type { JsonObject, Plugin, PluginRegistry } from '../../src/sdk/index.js';
import type { Worker } from '../../src/worker/worker.js';
import { atEnd } from '../temp-folder.js';
import { Bench } from '../worker/bench.js';

/** A worker without connectors, and what makes them, with the plugin `memory`. */
export class ControlBench {
  readonly bench: Bench;
  readonly worker: Worker;
  readonly plugins: PluginRegistry;
  readonly connectors: Connectors;
  /** What went on by itself and failed. */
  readonly failures: string[] = [];

  private constructor(bench: Bench, worker: Worker) {
    this.bench = bench;
    this.worker = worker;
    this.plugins = { memory: () => Promise.resolve(memoryPlugin(bench)) };
    this.connectors = new Connectors({
      plugins: this.plugins,
      env: () => Promise.resolve({}),
      job: { rocketmq: { nameserver: bench.cluster.address } },
      file: join('/', 'api'),
      worker,
      dataDir: bench.dataDir,
      withEnvFiles: (raw) => raw,
      open: () => Promise.resolve(bench.cluster),
      failed: (message) => this.failures.push(message),
    });
  }

  static async open(t: TestContext): Promise<ControlBench> {
    const bench = await Bench.open(t);
    const worker = await bench.worker([], false, { stays: true });
    atEnd(t, async () => {
      await worker.stop();
    });
    return new ControlBench(bench, worker);
  }

  readonly sink = (group: string): JsonObject => ({ sink: 'memory', topic: 't', group, config: {} });
}

const memoryPlugin = ({ source, sink }: Bench): Plugin => ({
  name: 'memory',
  summary: 'In memory.',
  source: { ...source.plugin, spec: z.object({ note: z.string().optional() }) },
  sink: { ...sink.plugin, spec: z.object({ note: z.string().optional() }) },
  example: '',
});
