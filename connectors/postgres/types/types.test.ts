import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { arrayDecoder } from './array-text.js';
import { TypeCatalog } from './catalog.js';
import { CopyText } from './copy-text.js';
import { decoderOf } from './decode.js';
import { decodeJsonText } from './json-text.js';

describe('values', () => {
  const cases: [number, string, unknown][] = [
    [16, 't', true],
    [16, 'f', false],
    [17, '\\x00ff10', 'AP8Q'],
    [17, '\\x', ''],
    [20, '-42', -42],
    [20, '9007199254740991', 9007199254740991],
    [20, '9007199254740993', '9007199254740993'],
    [20, '-9223372036854775808', '-9223372036854775808'],
    [700, '1.1', 1.1],
    [701, 'NaN', 'NaN'],
    [701, '-Infinity', '-Infinity'],
    [701, '1e-300', 1e-300],
    [1700, '0.10', '0.10'],
    [1700, 'NaN', 'NaN'],
    [1082, '2026-01-31', '2026-01-31'],
    [1082, 'infinity', 'infinity'],
    [1083, '08:00:00.123456', '08:00:00.123456'],
    [1114, '2026-01-31 08:00:00.5', '2026-01-31T08:00:00.5'],
    [1114, '0044-03-15 12:00:00 BC', '0044-03-15T12:00:00 BC'],
    [1184, '2026-01-31 08:00:00.5+00', '2026-01-31T08:00:00.5Z'],
    [1184, '-infinity', '-infinity'],
    [25, 'NULL', 'NULL'],
    [2950, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
    [600, '(1,2)', '(1,2)'],
  ];
  for (const [oid, text, value] of cases) {
    it(`of type ${String(oid)}: ${text}`, () => {
      assert.deepEqual(decoderOf(oid)(text), value);
    });
  }

  it('keeps any 64-bit number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (number) => {
        assert.equal(BigInt(decoderOf(20)(String(number)) as string | number), number);
      }),
    );
  });
});

describe('json', () => {
  it('is parsed where nothing changes', () => {
    for (const text of [
      '{"a":[1,2.50,"1e400"]}',
      '[]',
      'true',
      '0.1',
      '{"n":1e2}',
      '{"s":"12345678901234567890"}',
    ]) {
      assert.deepEqual(decodeJsonText(text), JSON.parse(text));
    }
  });

  it('stays text where a number would change, or where it would not be known again', () => {
    for (const text of [
      '{"a":12345678901234567890}',
      '[0.12345678901234567890]',
      '1e400',
      '"text"',
      'null',
    ]) {
      assert.equal(decodeJsonText(text), text);
    }
  });

  it('keeps any value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        const decoded = decodeJsonText(text);
        assert.equal(typeof decoded === 'string' ? decoded : JSON.stringify(decoded), text);
      }),
    );
  });
});

describe('arrays', () => {
  const decode = arrayDecoder((text) => text);

  it('of any depth', () => {
    assert.deepEqual(decode('{}'), []);
    assert.deepEqual(decode('{{1,2},{3,NULL}}'), [
      ['1', '2'],
      ['3', null],
    ]);
    assert.deepEqual(arrayDecoder(Number, ';')('{1;2}'), [1, 2]);
    assert.equal(decode('[0:1]={1,2}'), '[0:1]={1,2}');
    assert.throws(() => decode('{1,"2'), /not the text of an array/);
  });

  it('of any text', () => {
    const texts = fc.array(fc.option(fc.string({ unit: 'binary' })));
    fc.assert(
      fc.property(texts, (values) => {
        const quoted = values.map((value) =>
          value === null ? 'NULL' : `"${value.replace(/["\\]/g, '\\$&')}"`,
        );
        assert.deepEqual(decode(`{${quoted.join(',')}}`), values);
      }),
    );
  });
});

describe('COPY text', () => {
  const escapes: Record<string, string> = {
    '\b': 'b',
    '\f': 'f',
    '\n': 'n',
    '\r': 'r',
    '\t': 't',
    '\v': 'v',
  };
  const written = (rows: (string | null)[][]): Buffer =>
    Buffer.from(
      rows
        .map((row) => {
          const fields = row.map((field) =>
            field === null
              ? '\\N'
              : field.replace(/[\\\b\f\n\r\t\v]/g, (character) => `\\${escapes[character] ?? character}`),
          );
          return `${fields.join('\t')}\n`;
        })
        .join(''),
    );

  it('of any rows, cut anywhere', () => {
    const field = fc.option(
      fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('\\', '\\N', '\n', 'a\tb\\', '\\.')),
    );
    const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 2 }));
    fc.assert(
      fc.property(rows, fc.array(fc.integer({ min: 1, max: 7 })), (expected, cuts) => {
        const bytes = written(expected);
        const copy = new CopyText();
        const found: (string | null)[][] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          found.push(...copy.rows(bytes.subarray(at, at + cut)));
          at += cut;
        }
        assert.deepEqual(found, expected);
      }),
    );
  });
});

describe('the catalog', () => {
  const known: Record<string, string>[] = [
    {
      oid: '1043',
      name: 'character varying',
      kind: 'b',
      element: '0',
      delimiter: ',',
      base: '0',
      modifier: '-1',
    },
    { oid: '1700', name: 'numeric', kind: 'b', element: '0', delimiter: ',', base: '0', modifier: '-1' },
    { oid: '1231', name: 'numeric[]', kind: 'b', element: '1700', delimiter: ',', base: '0', modifier: '-1' },
    {
      oid: '1114',
      name: 'timestamp without time zone',
      kind: 'b',
      element: '0',
      delimiter: ',',
      base: '0',
      modifier: '-1',
    },
    {
      oid: '9001',
      name: 'shop.price',
      kind: 'd',
      element: '0',
      delimiter: ',',
      base: '1700',
      modifier: '655366',
    },
    { oid: '9002', name: 'mood', kind: 'e', element: '0', delimiter: ',', base: '0', modifier: '-1' },
    { oid: '23', name: 'integer', kind: 'b', element: '0', delimiter: ',', base: '0', modifier: '-1' },
  ];
  const asked: string[] = [];
  const query = (sql: string) => {
    asked.push(sql);
    const oids = /IN \(([\d, ]+)\)$/.exec(sql)?.[1]?.split(', ') ?? [];
    return Promise.resolve(known.filter(({ oid }) => oids.includes(oid ?? '')));
  };

  it('knows a type with its limits and its own name, and asks for each once', async () => {
    const catalog = new TypeCatalog();
    await catalog.learn([1043, 1231, 1114, 9001, 9002, 23], query);
    assert.deepEqual(catalog.column(23, -1).type, { type: 'int32' });
    assert.deepEqual(catalog.column(1043, 24).type, {
      type: 'string',
      length: 20,
      native: { postgres: 'character varying(20)' },
    });
    const price = { type: 'decimal', precision: 10, scale: 2 } as const;
    assert.deepEqual(catalog.column(9001, -1).type, { ...price, native: { postgres: 'shop.price' } });
    assert.deepEqual(catalog.column(1231, 655366).type, {
      type: 'array',
      items: { ...price, native: { postgres: 'numeric(10,2)' } },
      native: { postgres: 'numeric(10,2)[]' },
    });
    assert.deepEqual(catalog.column(1231, -1).decode('{0.10,NULL}'), ['0.10', null]);
    assert.deepEqual(catalog.column(1114, 3).type.native, { postgres: 'timestamp(3) without time zone' });
    assert.deepEqual(catalog.column(9002, -1).type, { type: 'string', native: { postgres: 'mood' } });
    const before = asked.length;
    await catalog.learn([9001, 23], query);
    assert.equal(asked.length, before);
  });
});
