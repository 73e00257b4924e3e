import { join } from 'node:path';
import { jarsOf } from '../maven.js';
import { projectRoot } from '../project.js';

/** The folder with the jars of RocketMQ, or of its gRPC client: see `jarsOf`. */
export function rocketmqJars(of: 'rocketmq' | 'rocketmq-grpc-client' = 'rocketmq'): Promise<string> {
  return jarsOf(of, join(projectRoot, 'test/rig', of, 'pom.xml'));
}
