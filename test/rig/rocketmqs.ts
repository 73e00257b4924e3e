import { after, before } from 'node:test';
import { startRocketmq, type RealRocketmq } from './rocketmq.js';

/** Real RocketMQs with these names, for all tests of a file: there while they run. */
export function rocketmqs(...names: readonly string[]): (name: string) => RealRocketmq {
  const servers = new Map<string, RealRocketmq>();
  before(async () => {
    await Promise.all(
      names.map(async (name) => {
        servers.set(name, await startRocketmq({ name }));
      }),
    );
  });
  after(async () => {
    for (const server of servers.values()) await server.stop();
  });
  return (name) => {
    const server = servers.get(name);
    if (server === undefined) throw new Error(`${name} is not started`);
    return server;
  };
}
