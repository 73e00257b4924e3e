/** Kafka Connect standalone with its own file connectors: one process, as `connect-standalone.sh` runs it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../test/rig/rocketmq/ports.js';
import { startMeasured, type MeasuredProcess } from '../measured-process.js';
import { properties, type Kafka } from './kafka.js';

export interface ConnectJob {
  /** For its files. */
  readonly folder: string;
  readonly topic: string;
  readonly partitions: number;
  /** Files whose lines go into the topic, a connector each: a FileStreamSource reads one. */
  readonly inputs: readonly string[];
  /** The file the topic's records go to, or none. */
  readonly output: string | null;
}

const heap = ['-Xms256M', '-Xmx2G', '-XX:+UseG1GC'];

/** It does not end by itself. */
export async function startConnect(kafka: Kafka, job: ConnectJob): Promise<MeasuredProcess> {
  await mkdir(job.folder, { recursive: true });
  const worker = join(job.folder, 'worker.properties');
  await writeFile(
    worker,
    properties({
      'bootstrap.servers': kafka.bootstrap,
      'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'offset.storage.file.filename': join(job.folder, 'offsets'),
      listeners: `http://127.0.0.1:${String(await freePort())}`,
    }),
  );
  const connectors = [...job.inputs.map((file, n) => source(job, file, n)), ...sinks(job)];
  const files = await Promise.all(
    connectors.map(async (connector) => {
      const file = join(job.folder, `${connector.name ?? ''}.properties`);
      await writeFile(file, properties(connector));
      return file;
    }),
  );
  const main = 'org.apache.kafka.connect.cli.ConnectStandalone';
  return startMeasured('java', [...heap, '-cp', kafka.classPath, main, worker, ...files], {
    cwd: job.folder,
  });
}

function source({ topic, partitions }: ConnectJob, file: string, n: number): Record<string, string> {
  return {
    name: `read-${topic}-${String(n)}`,
    'connector.class': 'org.apache.kafka.connect.file.FileStreamSourceConnector',
    'tasks.max': '1',
    file,
    topic,
    'topic.creation.default.partitions': String(partitions),
    'topic.creation.default.replication.factor': '1',
  };
}

/** One task: the lines of several tasks would mix in the one file. */
function sinks({ topic, output, folder }: ConnectJob): Record<string, string>[] {
  if (output === null) return [];
  return [
    {
      name: `write-${topic}-${folder.replace(/\W/g, '')}`,
      'connector.class': 'org.apache.kafka.connect.file.FileStreamSinkConnector',
      'tasks.max': '1',
      topics: topic,
      file: output,
    },
  ];
}
