import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { FrameReader, type Frame } from '../../../src/rocketmq/remoting/codec/frame.js';
import type { Ask } from '../../../src/rocketmq/remoting/request.js';
import { decodeAnswer, encodeRequest } from '../../../src/rocketmq/remoting/request-frame.js';

/** A request and its answer as they went over the wire to and from a real broker or name server. */
export interface RecordedExchange {
  readonly server: 'name server' | 'broker';
  /** Frames, in hex. */
  readonly request: string;
  readonly answer: string;
}

export const fixturesFolder = 'test/fixtures/remoting';

export function recorded(name: string): RecordedExchange {
  return JSON.parse(readFileSync(`${fixturesFolder}/${name}.json`, 'utf8')) as RecordedExchange;
}

export function frameOf(hex: string): Frame {
  const [frame] = new FrameReader().push(Buffer.from(hex, 'hex'));
  assert.ok(frame !== undefined, 'a whole frame is recorded');
  return frame;
}

/**
 * Answers as the real server did, after checking that the request is the recorded one to the byte. The born
 * time of a send (`g`) is the only thing that differs each time.
 */
export function replay(name: string): Ask {
  const { request: requestHex, answer } = recorded(name);
  return (request) => {
    const sent = frameOf(requestHex);
    const g = sent.header.extFields?.g;
    const fields = g === undefined ? request.fields : { ...request.fields, g };
    const [...parts] = encodeRequest({ ...request, fields }, sent.header.opaque);
    assert.equal(Buffer.concat(parts).toString('hex'), requestHex, `${name}: the request is as recorded`);
    return Promise.resolve(decodeAnswer(frameOf(answer), request, '127.0.0.1:10911'));
  };
}
