import { quoteTableBy } from '../sql/qualified-name.js';

export const quoteName = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

export const quoteTable = quoteTableBy(quoteName);

const special = /[\0\b\n\r\t\\']/g;
/** By character: what stands for it in a text. */
export const escapes: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\b': '\\b',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
  "'": "\\'",
};

/** Counts on a session whose backslashes escape; `connect` sees to that. */
export const quoteText = (text: string): string =>
  `'${text.replaceAll(special, (character) => escapes[character] ?? '')}'`;

const number = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
export const isNumber = (text: string): boolean => number.test(text);
