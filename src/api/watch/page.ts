import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { route, type Answer, type Route } from '../route.js';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Only what is served from here is loaded, run or asked, and no other site may show the page in itself. */
const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

/** Where the page's files are: those that are written as they are, and the compiled ones. */
export interface PageFolders {
  readonly written: string;
  readonly compiled: string;
}

/** The page's files, a route each; they tell nothing, so that they need no token. */
export function pageRoutes({ written, compiled }: PageFolders): readonly Route[] {
  return [...filesIn(written, ['.css', '.svg']), ...filesIn(compiled, ['.js'])].map(({ path, file }) =>
    route('GET', `/${path}`, {
      summary: 'A file of the page.',
      open: true,
      handle: () => fileAnswer(file),
    }),
  );
}

/** The page itself, for who asks for HTML. */
export function pageAnswer({ written }: PageFolders): Promise<Answer> {
  return fileAnswer(join(written, 'index.html'));
}

/** Whether a browser asks, that wants to show something. */
export function wantsPage(accept: string | readonly string[] | undefined): boolean {
  return typeof accept === 'string' && accept.includes('text/html');
}

async function fileAnswer(file: string): Promise<Answer> {
  const type = types[extname(file)] ?? 'application/octet-stream';
  return { status: 200, text: await readFile(file), type, headers };
}

/** By the path they are asked for. */
function filesIn(folder: string, endings: readonly string[]): readonly { path: string; file: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => endings.includes(extname(path)))
    .map((path) => ({ path: path.split(sep).join('/'), file: join(folder, path) }));
}
