/** A real browser: Chromium as the system has it. */
import { existsSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { atEnd } from '../temp-folder.js';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = places.find((path) => existsSync(path));

export async function startBrowser(): Promise<Browser> {
  if (executablePath === undefined)
    throw new Error(`there is no Chromium (${places.join(', ')}): apt-get install chromium`);
  // Chromium has no sandbox where root starts it.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  return chromium.launch({ executablePath, args });
}

/** A page, and what went wrong on it: errors of scripts, and what the page's policy forbids. */
export async function openPage(
  t: TestContext,
  options: BrowserContextOptions = {},
): Promise<{ readonly page: Page; readonly faults: readonly string[] }> {
  const browser = await startBrowser();
  atEnd(t, () => browser.close());
  const page = await browser.newPage(options);
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.setDefaultTimeout(20_000);
  return { page, faults };
}
