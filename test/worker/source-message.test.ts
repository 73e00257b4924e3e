import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SourceRecord } from '../../src/sdk/index.js';
import { formats, parseOrderingKey, transformKinds, type Transform } from '../../src/stages/index.js';
import { sourceMessage } from '../../src/worker/source-message.js';

/** Its value is parsed where somebody looks, and counted. */
class Encoded implements SourceRecord {
  readonly json = Buffer.from('{"id":7, "name":"é"}');
  readonly position = 1;
  readonly key = '7';
  looks = 0;

  get value() {
    this.looks += 1;
    return { id: 7, name: 'é' };
  }
}

const renamed = (): Transform => {
  const kind = transformKinds.find(({ name }) => name === 'rename');
  assert.ok(kind !== undefined);
  return kind.spec.parse({ id: 'number' });
};

describe('a record whose value is JSON already', () => {
  it('is the body as it is, and nobody looks into it', () => {
    const record = new Encoded();
    const message = sourceMessage(record, { transforms: [], format: formats.json, orderingKey: null });
    assert.equal(message?.body, record.json);
    assert.equal(message.key, '7');
    assert.equal(message.orderingKey, '7');
    assert.equal(record.looks, 0);
  });

  it('is looked into for an ordering key, a transform, and another format', () => {
    const record = new Encoded();
    const orderingKey = parseOrderingKey('name');
    assert.equal(
      sourceMessage(record, { transforms: [], format: formats.json, orderingKey })?.orderingKey,
      'é',
    );
    const made = sourceMessage(record, { transforms: [renamed()], format: formats.json, orderingKey: null });
    assert.deepEqual(JSON.parse(made?.body.toString() ?? ''), { number: 7, name: 'é' });
    assert.equal(made?.key, '7');
    assert.throws(
      () => sourceMessage(record, { transforms: [], format: formats.text, orderingKey: null }),
      /cannot become text/,
    );
  });
});
