import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { Confirmations } from './confirmations.js';
import { lsnOf, lsnText } from './lsn.js';

const at = (lsn: bigint, index: number) => ({ lsn: lsnText(lsn), index });

it('writes and reads places in the log', () => {
  for (const text of ['0/0', '16/B374D848', 'FFFFFFFF/FFFFFFFF']) assert.equal(lsnText(lsnOf(text)), text);
});

it('lets go of a transaction when its last change is stored', () => {
  const confirmations = new Confirmations(10n);
  confirmations.read(20n, 25n, 1);
  confirmations.stored(at(20n, 0));
  assert.equal(confirmations.confirmed, 10n);
  confirmations.stored(at(20n, 1));
  assert.equal(confirmations.confirmed, 25n);
});

it('also when that was stored before its end was read', () => {
  const confirmations = new Confirmations(10n);
  confirmations.stored(at(20n, 1));
  confirmations.read(20n, 25n, 1);
  assert.equal(confirmations.confirmed, 25n);
});

it('lets go of what has nothing of ours once everything before it is stored', () => {
  const confirmations = new Confirmations(10n);
  confirmations.passed(15n);
  assert.equal(confirmations.confirmed, 15n);
  confirmations.read(20n, 25n, 0);
  confirmations.passed(40n);
  confirmations.passed(50n);
  assert.equal(confirmations.confirmed, 15n);
  confirmations.stored(at(20n, 0));
  assert.equal(confirmations.confirmed, 50n);
});

it('never lets go of a change that is not stored', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(sizes, fc.infiniteStream(fc.boolean()), (transactions, mix) => {
      const confirmations = new Confirmations(0n);
      const changes = transactions.flatMap((size, n) =>
        Array.from({ length: size }, (_, index) => ({ lsn: BigInt(n * 10 + 10), index })),
      );
      let stored = 0;
      const store = (): void => {
        const next = changes[stored];
        if (next === undefined) return;
        stored += 1;
        confirmations.stored(at(next.lsn, next.index));
      };
      for (const [n, size] of transactions.entries()) {
        const lsn = BigInt(n * 10 + 10);
        while ((changes[stored]?.lsn ?? lsn) < lsn && mix.next().value === true) store();
        confirmations.read(lsn, lsn + 5n, size - 1);
        const first = changes[stored];
        assert.ok(first === undefined || confirmations.confirmed <= first.lsn);
      }
      while (stored < changes.length) store();
      assert.equal(confirmations.confirmed, BigInt(transactions.length * 10 + 5));
    }),
  );
});
