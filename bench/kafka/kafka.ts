/** One Kafka broker (KRaft, its own controller) on loopback, as its own start scripts would run it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../test/rig/command.js';
import { jarsOf } from '../../test/rig/maven.js';
import { ownedFolder, removeFolder } from '../../test/rig/owned.js';
import { projectRoot } from '../../test/rig/project.js';
import { freeRocketmqPorts } from '../../test/rig/rocketmq/ports.js';
import { until } from '../../test/rig/until.js';
import { startMeasured, type MeasuredProcess } from '../measured-process.js';
import { ListOffsets } from './list-offsets.js';

export interface Kafka {
  readonly bootstrap: string;
  readonly pid: number;
  /** The class path of broker and Connect. */
  readonly classPath: string;
  /** Records in a topic that has so many partitions. */
  end(topic: string, partitions: number): Promise<number>;
  stop(): Promise<void>;
}

const clusterId = 'YmVuY2htYXJrLWNsdXN0ZQ';
const heap = ['-Xms1G', '-Xmx1G', '-XX:+UseG1GC'];

export async function startKafka(): Promise<Kafka> {
  const jars = await jarsOf('kafka', join(projectRoot, 'bench/kafka/pom.xml'));
  const classPath = join(jars, '*');
  const ports = await freeRocketmqPorts();
  const folder = await ownedFolder('kafka');
  const config = join(folder, 'server.properties');
  await writeFile(config, properties(serverConfig(folder, ports.broker, ports.nameserver)));
  await run('java', ['-cp', classPath, 'kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', config]);
  const broker = startMeasured('java', [...heap, '-cp', classPath, 'kafka.Kafka', config], { cwd: folder });
  const offsets = await serving(broker, ports.broker);
  return {
    bootstrap: `127.0.0.1:${String(ports.broker)}`,
    pid: broker.pid,
    classPath,
    end: (topic, partitions) => offsets.end(topic, partitions),
    stop: async () => {
      offsets.close();
      await broker.kill();
      await removeFolder(folder);
    },
  };
}

async function serving(broker: MeasuredProcess, port: number): Promise<ListOffsets> {
  const answering = until(
    'Kafka to serve',
    async () => {
      const asked = new ListOffsets(port);
      try {
        await asked.end('is-anybody-there', 1);
        return asked;
      } catch (error) {
        asked.close();
        throw error;
      }
    },
    { deadlineMs: 90_000, everyMs: 100 },
  );
  const ended = broker.ended.then(() => Promise.reject(new Error('Kafka ended at once')));
  return Promise.race([answering, ended]);
}

function serverConfig(folder: string, port: number, controllerPort: number): Record<string, string> {
  const [broker, controller] = [port, controllerPort].map((one) => `127.0.0.1:${String(one)}`);
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@${controller ?? ''}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://${broker ?? ''},CONTROLLER://${controller ?? ''}`,
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': join(folder, 'logs'),
    'num.partitions': '4',
    'offsets.topic.replication.factor': '1',
    'group.initial.rebalance.delay.ms': '0',
  };
}

export function properties(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
