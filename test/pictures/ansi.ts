const escapeCharacter = String.fromCharCode(27);
const sequence = new RegExp(`${escapeCharacter}\\[([\\d;?]*)([A-Za-z])`, 'g');

/** The colours of a terminal's first eight, as a picture has them. */
const classes: Readonly<Record<string, string>> = {
  '1': 'bold',
  '2': 'dim',
  '31': 'red',
  '32': 'green',
  '33': 'yellow',
  '36': 'cyan',
};
const ends: Readonly<Record<string, readonly string[]>> = {
  '22': ['bold', 'dim'],
  '39': ['red', 'green', 'yellow', 'cyan'],
};

/** What was printed on a terminal, as HTML with a class for each way of painting. */
export function htmlOf(printed: string): string {
  let html = '';
  let at = 0;
  let painted = new Set<string>();
  const add = (text: string): void => {
    const shown = text.replaceAll('\r', '').replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    html += painted.size === 0 ? shown : `<span class="${[...painted].join(' ')}">${shown}</span>`;
  };
  for (const match of printed.matchAll(sequence)) {
    add(printed.slice(at, match.index));
    at = match.index + match[0].length;
    if (match[2] !== 'm') continue;
    const [, code = '0'] = match;
    const begun = classes[code];
    if (begun !== undefined) painted.add(begun);
    else painted = new Set([...painted].filter((one) => ends[code]?.includes(one) === false));
  }
  add(printed.slice(at));
  return html;
}
