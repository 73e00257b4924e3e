import { after, before, describe, test, type TestContext } from 'node:test';
import { Clients, type ServerUnderTest } from './cluster-under-test.js';
import { connectionCases } from './connection-cases.js';
import { groupCases } from './group-cases.js';
import { readCases } from './read-cases.js';
import { sendCases } from './send-cases.js';
import { shareCases } from './share-cases.js';
import { topicCases } from './topic-cases.js';

/** One promise about a cluster: its title, and what shows it. */
export type Case = readonly [title: string, run: (clients: Clients, signal: AbortSignal) => Promise<void>];

/** Guards against a hanging server only. */
const deadlineMs = 60_000;

/** What every RocketMQ has to do, the embedded broker as much as a real one. */
export function conformanceSuite(name: string, start: () => Promise<ServerUnderTest>): void {
  describe(`conformance of ${name}`, { concurrency: 1 }, () => {
    let server: ServerUnderTest | undefined;
    before(async () => {
      server = await start();
    });
    after(() => server?.close());
    for (const [title, run] of [
      ...topicCases,
      ...sendCases,
      ...readCases,
      ...groupCases,
      ...shareCases,
      ...connectionCases,
    ]) {
      test(title, { timeout: deadlineMs }, async (context: TestContext) => {
        if (server === undefined) throw new Error('the server did not start');
        await run(new Clients(server.nameserver, context), context.signal);
      });
    }
  });
}
