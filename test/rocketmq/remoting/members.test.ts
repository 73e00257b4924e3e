import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { RocketmqError } from '../../../src/rocketmq/errors.js';
import { Members } from '../../../src/rocketmq/remoting/members.js';
import type { Request } from '../../../src/rocketmq/remoting/request.js';

const heartbeat = 34;
const unregister = 35;

interface Said {
  readonly producerDataSet: readonly { readonly groupName: string }[];
  readonly consumerDataSet: readonly { readonly groupName: string }[];
}

/** One broker, which is asked what `before` lets through. */
function clientOf(
  context: TestContext,
  before: () => Promise<void>,
): { members: Members; asked: Request[]; said: () => Said } {
  const asked: Request[] = [];
  const members = new Members({
    addresses: async () => {
      await before();
      return ['broker:1'];
    },
    ask: (address) => (request) => {
      asked.push(request);
      return Promise.resolve({ code: 0, remark: '', fields: {}, body: Buffer.alloc(0), address, request });
    },
  });
  context.after(() => {
    members.stop();
  });
  const said = (): Said => {
    const last = asked.filter(({ code }) => code === heartbeat).at(-1);
    return JSON.parse(last?.body?.toString() ?? '{}') as Said;
  };
  return { members, asked, said };
}

function failing(times: number): () => Promise<void> {
  let left = times;
  return () =>
    left-- > 0 ? Promise.reject(new RocketmqError('unreachable', 'nobody there')) : Promise.resolve();
}

test('who could not join is no member later: queues would be dealt to it that nobody reads', async (context) => {
  const { members, said } = clientOf(context, failing(2));
  await assert.rejects(members.joinAsConsumer('c', ['t']), { code: 'unreachable' });
  await assert.rejects(members.joinAsProducer('p'), { code: 'unreachable' });
  await members.joinAsProducer('other');
  await members.tell();
  assert.deepEqual(said().consumerDataSet, []);
  assert.deepEqual(said().producerDataSet, [{ groupName: 'other' }]);
});

test('who joined at the second try leaves at once', async (context) => {
  const { members, asked } = clientOf(context, failing(1));
  await assert.rejects(members.joinAsProducer('p'));
  await members.joinAsProducer('p');
  await members.leaveAsProducer('p');
  assert.deepEqual(
    asked.map(({ code }) => code),
    [heartbeat, unregister],
  );
});

test('who leaves while it joins has left', async (context) => {
  let go = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    go = resolve;
  });
  const { members, asked } = clientOf(context, () => held);
  const joined = members.joinAsProducer('p');
  await members.leaveAsProducer('p');
  go();
  await joined;
  assert.equal(asked.at(-1)?.code, unregister);
});
