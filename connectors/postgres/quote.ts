import { quoteTableBy } from '../sql/qualified-name.js';

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Whatever `standard_conforming_strings` is. */
export function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** Without a schema it is looked for as in any statement. */
export const quoteTable = quoteTableBy(quoteName);
