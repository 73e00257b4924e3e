import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OnlineGroup } from '../../../src/rocketmq/remoting/requests/online-group.js';
import { subscriptionTrouble } from '../../../src/rocketmq/remoting/subscriptions.js';

const online = (of: Partial<OnlineGroup>): OnlineGroup => ({
  members: ['someone'],
  consumeType: 'CONSUME_PASSIVELY',
  messageModel: 'CLUSTERING',
  subscriptions: new Map([
    ['t', '*'],
    ['%RETRY%g', '*'],
  ]),
  ...of,
});
const subscribed = (...entries: [string, string][]): OnlineGroup =>
  online({ subscriptions: new Map(entries) });

test('members that read the same can share a group', () => {
  assert.equal(subscriptionTrouble('g', ['t'], online({})), null);
  assert.equal(subscriptionTrouble('g', ['t'], subscribed(['t', ''])), null);
  assert.equal(subscriptionTrouble('g', ['t'], subscribed()), null, 'not known yet');
});

test('others cannot, and it is said how they differ', () => {
  const start = 'members of consumer group g that are online';
  assert.equal(
    subscriptionTrouble('g', ['t'], subscribed(['t', 'red || blue'])),
    `${start} subscribe to t (red || blue), and not to t`,
  );
  assert.equal(
    subscriptionTrouble('g', ['t', 'a'], subscribed(['t', '*'])),
    `${start} subscribe to t, and not to a, t`,
  );
  assert.match(
    subscriptionTrouble('g', ['t'], online({ messageModel: 'BROADCASTING' })) ?? '',
    /BROADCASTING/,
  );
  assert.match(subscriptionTrouble('g', ['t'], online({ consumeType: 'CONSUME_POP' })) ?? '', /POP/);
});
