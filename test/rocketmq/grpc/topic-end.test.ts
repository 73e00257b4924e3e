import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TopicEnd } from '../../../src/rocketmq/grpc/topic-end.js';

const later = performance.now() + 60_000;

describe('the end of a topic', () => {
  test('is two empty polls in a row at every broker', () => {
    const end = new TopicEnd(0);
    end.ask();
    end.polled('a', later, 0, true);
    end.polled('a', later, 0, true);
    end.polled('b', later, 0, true);
    assert.equal(end.reached(['a', 'b'], later), false);
    end.polled('b', later, 5, true);
    end.polled('b', later, 0, true);
    assert.equal(end.reached(['a', 'b'], later), false);
    end.polled('b', later, 0, true);
    assert.equal(end.reached(['a', 'b'], later), true);
    assert.equal(end.reached([], later), false);
  });

  test('counts no poll from before it was asked for, and none during which something was held', () => {
    const end = new TopicEnd(0);
    end.polled('a', later, 0, true);
    end.ask();
    end.polled('a', performance.now() - 1_000, 0, true);
    end.polled('a', later, 0, false);
    end.polled('a', later, 0, true);
    assert.equal(end.reached(['a'], later), false);
    end.polled('a', later, 0, true);
    assert.equal(end.reached(['a'], later), true);
  });

  test('waits for what may be hidden since a run before, or a call that broke', () => {
    const end = new TopicEnd(later);
    end.ask();
    const emptied = (): void => {
      end.polled('a', later, 0, true);
      end.polled('a', later, 0, true);
    };
    emptied();
    assert.equal(end.reached(['a'], later - 1), false);
    assert.equal(end.reached(['a'], later), true);
    end.broke('a', later + 5_000);
    emptied();
    assert.equal(end.reached(['a'], later + 4_999), false);
    assert.equal(end.reached(['a'], later + 5_000), true);
  });
});
