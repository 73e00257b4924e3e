import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import type { JsonValue } from '../../src/sdk/index.js';
import { acceptanceSuite } from '../../src/sdk/acceptance/index.js';
import plugin from './index.js';
import { peer } from './peer.test.helper.js';

// The plugin's own example has a server, which has no end: this one polls what is here.
const rates = createServer((_request, response) => response.end('[1,2,3]'));
rates.listen(0, '127.0.0.1');
after(() => {
  rates.closeAllConnections();
  rates.close();
  rmSync(root, { recursive: true, force: true });
});
const root = mkdtempSync(join(tmpdir(), 'rmq-connect-http-'));
const url = (): string => `http://127.0.0.1:${(rates.address() as AddressInfo).port}`;
await new Promise((resolve) => rates.once('listening', resolve));
writeFileSync(
  join(root, 'example.yaml'),
  JSON.stringify({
    connectors: {
      in: { source: 'http', config: { mode: 'poll', url: url() } },
      out: { sink: 'http', config: { url: url() } },
    },
  }),
);

/** Pages of two, by a cursor; the last has no next one. */
function pageOf(values: readonly JsonValue[], path: string): string {
  const from = Number(new URL(path, 'http://here').searchParams.get('after') ?? 0);
  const rest = values.length - from > 2;
  return JSON.stringify({ data: values.slice(from, from + 2), next: rest ? String(from + 2) : null });
}

acceptanceSuite(
  { ...plugin, example: 'example.yaml' },
  {
    root,
    source: {
      scene: async (t) => {
        const values: JsonValue[] = ['first', 'second', { a: 1 }, 'é✓', 'last'];
        let isBroken = false;
        const its = await peer(t, ({ url: path }) =>
          isBroken ? { status: 401 } : { body: pageOf(values, path) },
        );
        return {
          config: {
            mode: 'poll',
            url: its.url,
            items: 'data',
            cursor: { param: 'after', from: 'next' },
            poll_ms: 10,
          },
          baseDir: root,
          contents: { [its.url]: [...values] },
          add: () => {
            values.push('more', 'and more');
            return Promise.resolve({ [its.url]: ['more', 'and more'] });
          },
          break: () => {
            isBroken = true;
            return Promise.resolve();
          },
        };
      },
    },
    sink: {
      scene: async (t) => {
        const written: string[] = [];
        let isBroken = false;
        const its = await peer(t, ({ body }) => {
          if (isBroken) return { status: 500 };
          if (body === 'refused') return { status: 422, body: 'not that one' };
          written.push(body);
          return { status: 201 };
        });
        return {
          config: { url: its.url },
          baseDir: root,
          written: () => Promise.resolve(written),
          refused: { value: 'refused' },
          break: () => {
            isBroken = true;
            return Promise.resolve(() => {
              isBroken = false;
              return Promise.resolve();
            });
          },
        };
      },
    },
  },
);
