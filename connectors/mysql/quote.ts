export const quoteName = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/** `orders` or `shop.orders`. */
export function quoteTable(name: string): string {
  const dot = name.indexOf('.');
  if (dot < 0) return quoteName(name);
  return `${quoteName(name.slice(0, dot))}.${quoteName(name.slice(dot + 1))}`;
}

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
