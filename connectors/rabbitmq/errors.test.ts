import assert from 'node:assert/strict';
import { it } from 'node:test';
import { rabbitError } from './errors.js';

it('tells what a person has to mend from what is only away', () => {
  for (const [text, code, retryable] of [
    [
      'Handshake terminated by server: 403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN"',
      'denied',
      false,
    ],
    [
      `Operation failed: QueueDeclare; 404 (NOT-FOUND) with message "NOT_FOUND - no queue 'q' in vhost '/'"`,
      'not_found',
      false,
    ],
    [
      `Operation failed: QueueDeclare; 406 (PRECONDITION-FAILED) with message "inequivalent arg 'durable'"`,
      'config',
      false,
    ],
    [
      'Connection closed: 320 (CONNECTION-FORCED) with message "broker forced connection closure"',
      'unreachable',
      true,
    ],
    ['Unexpected close', 'unreachable', true],
    ['message nacked', 'unavailable', true],
    [
      `Operation failed: QueueDeclare; 404 (NOT-FOUND) with message "NOT_FOUND - home node 'rabbit@b' of durable queue 'q' in vhost '/' is down or inaccessible"`,
      'unavailable',
      true,
    ],
    [
      `Connection closed: 541 (INTERNAL-ERROR) with message "INTERNAL_ERROR - access to vhost '/' refused for user 'guest': vhost '/' is down"`,
      'unavailable',
      true,
    ],
    [
      'Channel closed by server: 406 (PRECONDITION-FAILED) with message "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: 1800000 ms. This timeout value can be configured, see consumers doc guide to learn more"',
      'unavailable',
      true,
    ],
  ] as const) {
    const error = rabbitError(new Error(text), 'amqp://host', 'publish');
    assert.deepEqual([error.code, error.retryable], [code, retryable], text);
  }
});
