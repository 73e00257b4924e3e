/**
 * Makes the pictures of the README: of the page and of `top`, of a worker that has something to do. Needs Chromium and
 * util-linux's `script`, and takes two minutes, so that the charts have something to show.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from '../rig/browser.js';
import { startCli } from '../rig/cli.js';
import { outputOf } from '../rig/command.js';
import { spawnOwned } from '../rig/owned.js';
import { projectRoot } from '../rig/project.js';
import { htmlOf } from './ansi.js';

const job = `
name: shop
connectors:
  orders:
    source: generate
    topic: orders
    tasks: 2
    format: json
    config: { rate: 900, template: { id: "{n}", city: "{city}", amount: "{random:1-100}" } }
  clicks:
    source: generate
    topic: clicks
    config: { rate: 2500 }
  archive:
    sink: file
    topics: [orders, clicks]
    config: { path: ./archive.txt }
  bills:
    sink: http
    topic: orders
    format: json
    stalled_after_ms: 5000
    config: { url: "http://127.0.0.1:9/bills" }
`;
const warmUpMs = 100_000;
const pictures = join(projectRoot, 'docs/pictures');

const terminalPage = (printed: string): string => `<!doctype html><meta charset="utf-8"><style>
body { margin: 0; background: #15181d; color: #d5dbe3; display: inline-block; padding: 14px 18px; }
pre { margin: 0; font: 13px/1.45 'DejaVu Sans Mono', monospace; }
.bold { font-weight: 700; } .dim { opacity: .6; } .red { color: #f08a82; } .green { color: #5cc08f; }
.yellow { color: #e0b354; } .cyan { color: #6cc3d8; }
</style><pre>${htmlOf(printed)}</pre>`;

async function main(): Promise<void> {
  await mkdir(pictures, { recursive: true });
  const folder = await mkdtemp(join(tmpdir(), 'rmq-connect-pictures-'));
  await writeFile(join(folder, 'shop.yaml'), job);
  const worker = startCli(['run', 'shop.yaml', '--api', '127.0.0.1:0', '--data-dir', 'data'], {
    cwd: folder,
  });
  const browser = await startBrowser();
  try {
    const url = await worker.printed(/http:\/\/127\.0\.0\.1:\d+/);
    await pause(warmUpMs);
    await ofPage(browser, `${url}/#/`, 'page.png', 'light', { width: 1100, height: 470 });
    await ofPage(browser, `${url}/#/connector/archive`, 'connector.png', 'dark', {
      width: 1100,
      height: 620,
    });
    await ofTop(browser, folder);
  } finally {
    await browser.close();
    await worker.kill();
    await rm(folder, { recursive: true, force: true });
  }
}

async function ofPage(
  browser: Browser,
  url: string,
  name: string,
  colorScheme: 'light' | 'dark',
  viewport: { readonly width: number; readonly height: number },
): Promise<void> {
  const page = await browser.newPage({ colorScheme, viewport });
  await page.goto(url);
  await page.locator('svg .line').first().waitFor();
  await pause(1_500);
  await save(page, name);
}

async function ofTop(browser: Browser, folder: string): Promise<void> {
  const program = `${process.execPath} ${join(projectRoot, 'bin/rmq-connect.js')}`;
  const line = `stty cols 150 rows 30; ${program} top --once --data-dir data`;
  const child = spawnOwned('script', ['-qec', line, '/dev/null'], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '', TERM: 'xterm' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { stdout } = await outputOf(child);
  const page = await browser.newPage();
  await page.setContent(terminalPage(stdout.trimEnd()));
  await page.locator('body').screenshot({ path: join(pictures, 'top.png') });
  await page.close();
}

async function save(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(pictures, name) });
  await page.close();
}

await main();
