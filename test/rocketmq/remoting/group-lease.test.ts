import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RocketmqError } from '../../../src/rocketmq/errors.js';
import { GroupLease } from '../../../src/rocketmq/remoting/group-lease.js';
import type { Ask } from '../../../src/rocketmq/remoting/request.js';

const unlock = 42;

/** Of brokers whose addresses are their names; those in `away` do not answer. */
function leaseAt(brokers: readonly string[], away: ReadonlySet<string>, freed: string[]): GroupLease {
  const master =
    (address: string): Ask =>
    (request) => {
      if (away.has(address)) return Promise.reject(new RocketmqError('unreachable', `${address} is away`));
      if (request.code === unlock) freed.push(address);
      return Promise.resolve({ code: 0, remark: '', fields: {}, body: Buffer.alloc(0), address, request });
    };
  return new GroupLease({
    group: 'g',
    clientId: 'us',
    admin: {
      brokers: () => Promise.resolve(brokers.map((broker) => ({ cluster: 'c', broker, address: broker }))),
    },
    routes: { master, reachable: (address) => address },
    connections: { generation: () => 1 },
    join: () => Promise.resolve(),
    introduce: () => Promise.resolve(),
  });
}

test('what a dead client has is freed at the brokers there are: one that is away keeps nobody from the others', async () => {
  const freed: string[] = [];
  await leaseAt(['a', 'b', 'c'], new Set(['a']), freed).free(['dead']);
  assert.deepEqual(freed, ['b', 'c']);
});

test('where no broker answers it is said', async () => {
  await assert.rejects(leaseAt(['a', 'b'], new Set(['a', 'b']), []).free(['dead']), { code: 'unreachable' });
});
