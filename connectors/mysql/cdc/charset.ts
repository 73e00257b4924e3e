import { TextDecoder } from 'node:util';

/** Names of character sets in the words of the WHATWG, where they differ. */
const labels: Readonly<Record<string, string>> = {
  latin1: 'windows-1252',
  latin2: 'iso-8859-2',
  latin5: 'iso-8859-9',
  latin7: 'iso-8859-13',
  hebrew: 'iso-8859-8',
  greek: 'iso-8859-7',
  ucs2: 'utf-16be',
  utf16: 'utf-16be',
  utf16le: 'utf-16le',
  cp1250: 'windows-1250',
  cp1251: 'windows-1251',
  cp1256: 'windows-1256',
  cp1257: 'windows-1257',
  cp866: 'ibm866',
  koi8r: 'koi8-r',
  koi8u: 'koi8-u',
  sjis: 'shift_jis',
  cp932: 'shift_jis',
  ujis: 'euc-jp',
  eucjpms: 'euc-jp',
  euckr: 'euc-kr',
  gb2312: 'gb18030',
  tis620: 'windows-874',
};

const utf8 = new Set(['utf8', 'utf8mb3', 'utf8mb4', 'ascii']);
const decoders = new Map<string, TextDecoder>();

/** The binlog has text in the column's own character set. Throws for one that is not known. */
export function charsetText(bytes: Buffer, charset: string): string {
  if (utf8.has(charset)) return bytes.toString();
  let decoder = decoders.get(charset);
  if (decoder === undefined) {
    decoder = new TextDecoder(labels[charset] ?? charset, { ignoreBOM: true });
    decoders.set(charset, decoder);
  }
  return decoder.decode(bytes);
}
