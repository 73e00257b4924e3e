import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plugins } from '../../connectors/index.js';
import { configOutline, reviewEntry } from '../../src/control/entries.js';
import { masked, masks, unmasked } from '../../src/job/secrets.js';
import type { JsonObject } from '../../src/sdk/index.js';

const shownOf = async (entry: JsonObject): Promise<JsonObject> =>
  masked(entry, await configOutline(entry, plugins));

test('whatever a secret is called, it is not shown', () => {
  const names = ['Password', 'API-Key', 'x-api-key', 'X_ACCESS_KEY', 'Authorization', 'Set-Cookie', 'apiKey'];
  const entry = { config: Object.fromEntries(names.map((name) => [name, 'sesame'])) };
  assert.doesNotMatch(JSON.stringify(masked(entry, null)), /sesame/);
  const harmless = { config: { key: 'id', primary_key: 'id', tokens: 3 } };
  assert.deepEqual(masked(harmless, null), harmless);
});

test('an address with a password is not shown as it is, whatever its key is called and whatever is in it', () => {
  for (const address of ['amqp://me:sesame@host', 'amqp://me:open sesame@host', 'amqp://open sesame@host']) {
    assert.doesNotMatch(JSON.stringify(masked({ config: { somewhere: address } }, null)), /sesame/);
  }
});

test('headers of requests are not shown', async () => {
  const config = { url: 'https://host/in', headers: { Authorization: 'sesame', 'X-Custom': 'sesame' } };
  for (const entry of [
    { sink: 'http', topic: 't', config },
    { source: 'http', topic: 't', config: { mode: 'poll', ...config } },
  ]) {
    const shown = await shownOf(entry);
    assert.doesNotMatch(JSON.stringify(shown), /sesame/);
    assert.deepEqual((shown.config as JsonObject).headers, { Authorization: '***', 'X-Custom': '***' });
  }
});

test('an address without a secret can be changed, and is still a template', async () => {
  const known = { sink: 'http', topic: 't', config: { url: 'https://one/orders/{key}', method: 'PUT' } };
  const outline = await configOutline(known, plugins);
  const shown = JSON.stringify(masked(known, outline)).replace('one', 'two');
  const given = unmasked(JSON.parse(shown) as JsonObject, known, outline);
  assert.deepEqual((given.config as JsonObject).url, 'https://two/orders/{key}');
});

test('an address that was shown can be given back as it is, and not changed', async () => {
  for (const url of ['nats://TOKEN@one:4222', 'nats://me:sesame@one:4222', 'nats://one:4222?auth=sesame']) {
    const known = { source: 'nats', topic: 't', config: { url } };
    const outline = await configOutline(known, plugins);
    const shown = masked(known, outline);
    assert.doesNotMatch(JSON.stringify(shown), /TOKEN|sesame/);
    assert.deepEqual(unmasked(shown, known, outline), known);
    const edited = JSON.parse(JSON.stringify(shown).replace('one', 'two')) as JsonObject;
    const given = unmasked(edited, known, outline);
    assert.deepEqual(masks(given), [['config', 'url']], url);
    const around = { plugins, env: () => Promise.resolve({}), job: {}, file: 'api' };
    const { problems } = await reviewEntry('c', given, around);
    assert.ok(
      problems.some(({ path, message }) => path === 'config.url' && message.includes('***')),
      JSON.stringify(problems),
    );
  }
  assert.deepEqual(masks({ config: { url: 'nats://me:a***b@host/***' } }), []);
});
