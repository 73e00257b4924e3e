import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Budget } from '../../src/worker/budget.js';

const never = new AbortController().signal;

/** Whether the promise is settled once all that can go on now has. */
async function isSettled(promise: Promise<void>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  await new Promise(setImmediate);
  return settled;
}

test('who holds enough waits until some of it is given back', async () => {
  const budget = new Budget(100);
  budget.take(60, 1);
  assert.ok(await isSettled(budget.room(never)));
  budget.take(60, 1);
  const room = budget.room(never);
  assert.ok(!(await isSettled(room)));
  budget.give(60, 1);
  assert.ok(await isSettled(room));
});

test('a whole that is full makes those wait who hold some of it, and nobody else', async () => {
  const whole = new Budget(100);
  const [one, other, third] = [new Budget(80, whole), new Budget(80, whole), new Budget(80, whole)];
  one.take(60, 1);
  other.take(60, 1);
  const rooms = [one.room(never), other.room(never)];
  assert.deepEqual(await Promise.all(rooms.map(isSettled)), [false, false]);
  assert.ok(await isSettled(third.room(never)), 'one that holds nothing goes on, whatever others do');
  one.give(60, 1);
  assert.deepEqual(await Promise.all(rooms.map(isSettled)), [true, true]);
});

test('what is closed, or given up, leaves nothing behind', async () => {
  const whole = new Budget(100);
  const gone = new Budget(500, whole);
  const other = new Budget(500, whole);
  gone.take(100, 3);
  other.take(10, 1);
  const room = other.room(never);
  assert.ok(!(await isSettled(room)));
  gone.close();
  gone.close();
  assert.ok(await isSettled(room));
  assert.equal(whole.held.records, 1);

  const stop = new AbortController();
  other.take(490, 1);
  const waiting = other.room(stop.signal);
  stop.abort();
  assert.ok(await isSettled(waiting));
});
