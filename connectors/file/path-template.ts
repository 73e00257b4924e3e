import { createHash } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { isObject, type SinkRecord } from '../../src/sdk/index.js';
import { numberPlace } from './rolled-name.js';

type Part = string | ((record: SinkRecord) => string);

/** What is wrong with a path template, if anything. */
export function templateProblem(template: string): string | undefined {
  for (const match of template.matchAll(placeholder)) {
    const inside = match[1] ?? '';
    if (fieldFor(inside) === undefined) {
      return `{${inside}} cannot be filled in; there are: {topic}, {broker}, {queue}, {key}, {header.NAME}, {value.FIELD}, {date:yyyy-MM-dd}, {number}`;
    }
  }
  return /[{}]/.test(template.replaceAll(placeholder, '')) ? 'a { or } stands alone' : undefined;
}

const placeholder = /\{([^{}]*)\}/g;

/** Whether every record goes to the same path. */
export const isLiteral = (template: string): boolean => !template.includes('{');

/** The folder that all files lie in, at whatever depth. */
export const rootOf = (template: string, baseDir: string): string =>
  dirname(resolve(baseDir, isLiteral(template) ? template : `${template.slice(0, template.indexOf('{'))}_`));

/** Whether some record could go to the absolute path; `template` is absolute, too. */
export function isPathOf(template: string, path: string): boolean {
  const parts = template.split(placeholder).filter((_, index) => index % 2 === 0);
  const pattern = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('[^/\\\\]*');
  return new RegExp(`^${pattern}$`, 'su').test(path);
}

/** Gives the path of each record; asks for no more than the template's own fields. */
export function compilePath(template: string): (record: SinkRecord) => string {
  const parts: Part[] = [];
  let end = 0;
  for (const match of template.matchAll(placeholder)) {
    if (match.index > end) parts.push(template.slice(end, match.index));
    const field = fieldFor(match[1] ?? '');
    if (field !== undefined) parts.push(field);
    end = match.index + match[0].length;
  }
  if (end < template.length) parts.push(template.slice(end));
  return (record) => {
    let path = '';
    for (const part of parts) path += typeof part === 'string' ? part : part(record);
    return path;
  };
}

function fieldFor(inside: string): ((record: SinkRecord) => string) | undefined {
  if (inside.startsWith('date:')) return dateField(inside.slice('date:'.length));
  if (inside.startsWith('header.')) return headerField(inside.slice('header.'.length));
  if (inside.startsWith('value.')) return valueField(inside.slice('value.'.length).split('.'));
  switch (inside) {
    case 'topic':
      return (record) => fileNamePart(record.topic);
    case 'broker':
      return (record) => fileNamePart(record.broker);
    case 'queue':
      return (record) => String(record.queue);
    case 'key':
      return (record) => fileNamePart(record.key ?? '');
    case 'number':
      return () => numberPlace;
    default:
      return undefined;
  }
}

function headerField(name: string): ((record: SinkRecord) => string) | undefined {
  if (name === '') return undefined;
  return ({ headers }) => fileNamePart((Object.hasOwn(headers, name) ? headers[name] : undefined) ?? '');
}

function valueField(path: readonly string[]): ((record: SinkRecord) => string) | undefined {
  if (path.includes('')) return undefined;
  return ({ value }) => {
    let at: unknown = value;
    for (const name of path) at = isObject(at) && Object.hasOwn(at, name) ? at[name] : undefined;
    if (at === undefined || at === null) return fileNamePart('');
    return fileNamePart(typeof at === 'string' ? at : JSON.stringify(at));
  };
}

function dateField(pattern: string): ((record: SinkRecord) => string) | undefined {
  if (!/^(yyyy|MM|dd|HH|mm|[-_.])+$/.test(pattern)) return undefined;
  let minute = -1;
  let text = '';
  return (record) => {
    const its = Math.floor(record.storedAt / 60_000);
    if (its !== minute) {
      minute = its;
      text = formatDate(pattern, new Date(record.storedAt).toISOString());
    }
    return text;
  };
}

const formatDate = (pattern: string, iso: string): string =>
  pattern
    .replaceAll('yyyy', iso.slice(0, 4))
    .replaceAll('MM', iso.slice(5, 7))
    .replaceAll('dd', iso.slice(8, 10))
    .replaceAll('HH', iso.slice(11, 13))
    .replaceAll('mm', iso.slice(14, 16));

/**
 * Any text as a part of a file's name: what could lead elsewhere or does not belong in a name is
 * percent-encoded, an empty text is `_`, a long one is cut and ends in its hash. Different texts stay
 * different, but for the empty one.
 */
export function fileNamePart(text: string): string {
  if (plain.test(text)) return text;
  if (text === '') return '_';
  const name = Buffer.from(text).toString().replace(unsafe, percentEncoded);
  const safe = /^\.+$/.test(name) ? percentEncoded(name) : name;
  if (Buffer.byteLength(safe) <= longestPart) return safe;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  return `${cutBytes(safe, longestPart - hash.length - 1)}~${hash}`;
}

const percentEncoded = (text: string): string =>
  Buffer.from(text).toString('hex').toUpperCase().replace(/../g, '%$&');

const plain = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}$/;
const unsafe = /[^\p{L}\p{N}_.@=+-]/gu;
/** File systems take names of 255 bytes; the template adds its own. */
const longestPart = 160;

function cutBytes(text: string, bytes: number): string {
  const cut = Buffer.from(text).subarray(0, bytes).toString();
  return cut.endsWith('\ufffd') ? cut.replace(/\ufffd+$/, '') : cut;
}
