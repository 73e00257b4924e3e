/** A cluster behind a scripted proxy. */
import type { TestContext } from 'node:test';
import type { Cluster } from '../../../src/rocketmq/cluster.js';
import { connectGrpcCluster } from '../../../src/rocketmq/grpc/connect.js';
import { scriptedProxy, type Script, type ScriptedMessage, type ScriptedProxy } from './scripted-proxy.js';

export async function proxyFor(
  t: TestContext,
  script: Partial<Script>,
  host?: string,
): Promise<ScriptedProxy> {
  const proxy = await scriptedProxy({ topics: new Set(['orders']), ...script }, host);
  t.after(() => proxy.stop());
  return proxy;
}

export function clusterAt(t: TestContext, ...endpoints: readonly string[]): Cluster {
  const cluster = connectGrpcCluster({ endpoints, requestTimeoutMs: 3_000 });
  t.after(() => cluster.close());
  return cluster;
}

/** Gives each list of messages to one poll. */
export function once(...answers: readonly (readonly ScriptedMessage[])[]): () => readonly ScriptedMessage[] {
  const left = [...answers];
  return () => left.shift() ?? [];
}
