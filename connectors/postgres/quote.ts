export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Whatever `standard_conforming_strings` is. */
export function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** `orders` or `shop.orders`; without a schema it is looked for as in any statement. */
export function quoteTable(name: string): string {
  const dot = name.indexOf('.');
  if (dot < 0) return quoteName(name);
  return `${quoteName(name.slice(0, dot))}.${quoteName(name.slice(dot + 1))}`;
}
