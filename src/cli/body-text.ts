import { isUtf8 } from 'node:buffer';
import { plural } from './number-text.js';

/** A body for people. Control characters could move the cursor or change the colours of their terminal. */
export function bodyText(body: Buffer): string {
  if (!isUtf8(body)) return `(${plural(body.length, 'byte')}, not text) ${body.toString('base64')}`;
  return printable(body.toString());
}

export function printable(text: string): string {
  return text.replace(/(?!\t)\p{Cc}/gu, escaped);
}

/** A body for scripts: one that is not UTF-8 goes as base64, under a name of its own. */
export function bodyJson(body: Buffer): { body: string } | { body_base64: string } {
  return isUtf8(body) ? { body: body.toString() } : { body_base64: body.toString('base64') };
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
