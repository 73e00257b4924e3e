import type { Scenario } from '../scenario.js';
import { apiCost } from './api-cost.js';
import { connectors } from './connectors.js';
import { databases } from './databases.js';
import { fileToTopic, largeFile, oneFile, queuesIn } from './into-topic.js';
import { latency } from './latency.js';
import { memory } from './memory.js';
import { mirror, mirrorLatency } from './mirror.js';
import { backlog, queuesOut, topicToFile } from './out-of-topic.js';
import { overGrpc } from './over-grpc.js';
import { commands, firstRecord } from './start-up.js';
import { embedded, fileToFile, generate } from './through-topic.js';

/** In the order they run. */
export const scenarios: readonly Scenario[] = [
  ...fileToTopic,
  ...topicToFile,
  ...fileToFile,
  ...generate,
  ...oneFile,
  ...queuesIn,
  ...queuesOut,
  ...connectors,
  apiCost,
  largeFile,
  backlog,
  embedded,
  ...mirror,
  mirrorLatency,
  ...latency,
  firstRecord,
  ...commands,
  ...memory,
  ...overGrpc,
  ...databases,
];
