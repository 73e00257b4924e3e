/** The page of a running worker, in a real browser. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import type { Page } from 'playwright-core';
import { openPage } from '../rig/browser.js';
import { startCli } from '../rig/cli.js';
import { until } from '../rig/until.js';
import { atEnd, temporaryFolder } from '../temp-folder.js';

/** A worker with nothing to do yet, and the address of its page. */
async function startWorker(t: TestContext, token?: string): Promise<{ readonly url: string }> {
  const folder = await temporaryFolder(t);
  const worker = startCli(['run', '--api', '127.0.0.1:0', '--data-dir', 'data'], {
    cwd: folder,
    ...(token !== undefined && { env: { RMQ_CONNECT_API_TOKEN: token } }),
  });
  atEnd(t, () => worker.kill());
  return { url: await worker.printed(/http:\/\/127\.0\.0\.1:\d+/) };
}

/** A system that takes POSTs, and can be told to refuse them. */
class Receiver {
  readonly bodies: string[] = [];
  /** What it answers a body. */
  answer: (body: string) => number = () => 200;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = Buffer.concat(chunks).toString();
        response.statusCode = this.answer(body);
        if (response.statusCode === 200) this.bodies.push(body);
        response.end();
      });
    });
  }

  static async start(t: TestContext): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.#server.listen(0, '127.0.0.1');
    await once(receiver.#server, 'listening');
    atEnd(t, async () => {
      receiver.#server.closeAllConnections();
      await new Promise((resolve) => receiver.#server.close(resolve));
    });
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}/`;
  }
}

const field = (page: Page, path: string) => page.locator(`[id="field.${path}"]`);

/** Fills in the form, opening what is closed, and creates the connector. */
async function create(
  page: Page,
  what: string,
  name: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  await page.getByRole('link', { name: 'New', exact: true }).click();
  await page.getByLabel('What', { exact: true }).selectOption(what);
  await page.locator('#name').fill(name);
  await page.evaluate(`document.querySelectorAll('#settings details').forEach((one) => (one.open = true))`);
  for (const [path, value] of Object.entries(values)) {
    const input = field(page, path);
    if ((await input.getAttribute('data-kind')) === 'choice') await input.selectOption(value);
    else await input.fill(value);
  }
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('heading', { name, exact: true }).waitFor();
}

/** The number at this name among a connector's facts. */
async function fact(page: Page, name: string): Promise<number> {
  const text = await page.locator(`dl div:has(> dt:text-is("${name}")) > dd`).first().innerText();
  return Number(text.replaceAll(',', ''));
}

const shows = (page: Page, state: string) => page.locator('.state', { hasText: state }).first().waitFor();

describe('the page', () => {
  test('a connector is made in the form, runs, is paused, loses its sink, and has a letter replayed', async (t) => {
    const { url } = await startWorker(t);
    const receiver = await Receiver.start(t);
    const { page, faults } = await openPage(t, { viewport: { width: 1200, height: 800 } });
    await page.goto(url);
    await page.getByText('No connector yet').waitFor();

    // Live validation: what is missing keeps it from being made, and what is wrong is told at its field.
    await page.getByRole('link', { name: 'New connector' }).click();
    await page.getByLabel('What', { exact: true }).selectOption('source: generate');
    await page.locator('#name').fill('make');
    await page.locator('.problems', { hasText: 'topic is missing' }).waitFor();
    assert.ok(await page.getByRole('button', { name: 'Create' }).isDisabled());
    await field(page, 'topic').fill('not a topic!');
    await page.locator('[id="field.topic"][aria-invalid="true"]').waitFor();
    await field(page, 'topic').fill('made');
    await page.locator('#preview', { hasText: 'sends to topic made' }).waitFor();
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: 'make', exact: true }).waitFor();
    await shows(page, 'running');
    const first = await until('records flow', async () => (await fact(page, 'Records')) || undefined);
    await until('more of them', async () => ((await fact(page, 'Records')) > first ? true : undefined));

    // A sink that a person breaks.
    await create(page, 'sink: http', 'post', {
      topic: 'made',
      'config.url': receiver.url,
      'errors.tolerance': 'dead_letter',
    });
    await shows(page, 'running');
    await until('records arrive', () => receiver.bodies.length > 5 || undefined);
    await page.getByRole('button', { name: 'Look after' }).click();
    await page
      .locator('.log pre', { hasText: /^record \d+$/ })
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Stop looking' }).click();

    // Paused: nothing more arrives.
    await page.getByRole('button', { name: 'Pause post' }).click();
    await shows(page, 'paused');
    const paused = receiver.bodies.length;
    await until('it is behind', async () => ((await fact(page, 'Behind')) > 5 ? true : undefined));
    assert.equal(receiver.bodies.length, paused);
    await page.getByRole('button', { name: 'Resume post' }).click();
    await until('it goes on', () => receiver.bodies.length > paused || undefined);

    // Broken: the page says why, on its own page and in the list.
    receiver.answer = () => 503;
    await page.locator('.cause', { hasText: '503' }).waitFor();
    await page.getByRole('link', { name: 'Connectors' }).click();
    await page.locator('tr.why', { hasText: '503' }).waitFor();
    receiver.answer = () => 200;
    await page.locator('tr.why').waitFor({ state: 'detached' });

    // Refused for good: a dead letter, given back when the system takes it again.
    const last = Number(receiver.bodies.at(-1)?.split(' ')[1] ?? 0);
    const refused = `record ${String(last + 30)}`;
    let refusals = 0;
    receiver.answer = (body) => (body === refused ? ((refusals += 1), 422) : 200);
    await until('it is refused', () => refusals > 0 || undefined);
    await until(
      'it is kept',
      async () => {
        await page.reload();
        await page.getByRole('link', { name: 'Dead letters' }).click();
        return (await page.locator('tbody tr', { hasText: 'waiting' }).count()) > 0 || undefined;
      },
      { everyMs: 500 },
    );
    assert.ok(!receiver.bodies.includes(refused));
    receiver.answer = () => 200;
    await page.getByRole('button', { name: 'Replay the letters of post' }).click();
    await page.getByRole('alert').getByText('1 of post given back').waitFor();
    await until('it arrives', () => receiver.bodies.includes(refused) || undefined);

    // Gone.
    page.on('dialog', (dialog) => void dialog.accept());
    await page.getByRole('link', { name: 'Connectors' }).click();
    await page.getByRole('link', { name: 'post', exact: true }).click();
    await page.getByRole('button', { name: 'Delete post' }).click();
    await page.getByRole('link', { name: 'post', exact: true }).waitFor({ state: 'detached' });
    assert.deepEqual(faults, []);
  });

  test('it is used by keys, fits a phone, and is dark where the system is', async (t) => {
    const { url } = await startWorker(t);
    const made = await fetch(`${url}/connectors`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        name: 'a-connector-with-a-rather-long-name',
        config: { source: 'generate', topic: 'made', config: { rate: 20 } },
      }),
    });
    assert.equal(made.status, 201, await made.text());
    const { page, faults } = await openPage(t, {
      viewport: { width: 390, height: 760 },
      colorScheme: 'dark',
    });
    for (const place of [
      '#/',
      '#/connector/a-connector-with-a-rather-long-name',
      '#/routes',
      '#/dead-letters',
      '#/new',
    ]) {
      await page.goto(`${url}/${place}`);
      await page.locator('main > *').first().waitFor();
      const wide = await page.evaluate('document.documentElement.scrollWidth');
      assert.ok(Number(wide) <= 390, `${place} is ${String(wide)} wide`);
    }
    const ground = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    const [red = 255] = (String(ground).match(/\d+/g) ?? []).map(Number);
    assert.ok(red < 60, `the ground is ${String(ground)}`);

    await page.goto(`${url}/#/`);
    await page.getByRole('link', { name: 'a-connector' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('nothing');
    await page.getByText('None of that name').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('n');
    await page.getByRole('heading', { name: 'New connector' }).waitFor();
    assert.equal(await page.evaluate('document.activeElement.id'), 'variant');
    assert.deepEqual(faults, []);
  });

  test('a worker with a token tells nothing before it is given', async (t) => {
    const { url } = await startWorker(t, 'a-long-enough-token');
    const { page } = await openPage(t);
    await page.goto(url);
    await page.getByLabel('Token').fill('a-wrong-token');
    await page.keyboard.press('Enter');
    await page.waitForResponse(
      (response) => response.url().endsWith('/overview') && response.status() === 401,
    );
    assert.equal(await page.getByText('No connector yet').count(), 0);
    await page.getByLabel('Token').fill('a-long-enough-token');
    await page.keyboard.press('Enter');
    await page.getByText('No connector yet').waitFor();
    await page.reload();
    await page.getByText('No connector yet').waitFor();
  });

  test('nothing that is not its own runs on it', async (t) => {
    const { url } = await startWorker(t);
    const answer = await fetch(url, { headers: { accept: 'text/html' } });
    assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    const { page } = await openPage(t);
    await page.goto(url);
    const ran = await page.evaluate(`(() => {
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.head.append(script);
      return window.ran === true;
    })()`);
    assert.equal(ran, false);
  });
});
