/** What is filled into scalars, taken apart. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'variable';
      readonly name: string;
      /** Used where the variable is not set or empty. */
      readonly fallback?: string;
      /** Said where the variable is not set or empty. */
      readonly demand?: string;
    }
  | { readonly kind: 'file'; readonly path: string };

export type Pieces =
  | { readonly ok: true; readonly pieces: readonly Piece[] }
  | { readonly ok: false; readonly message: string; readonly hint: string };

const forms = '${NAME}, ${NAME:-default}, ${NAME:?message} or ${file:PATH}';

/**
 * Takes apart `${VAR}`, `${VAR:-default}`, `${VAR:?message}`, `${file:PATH}` and `$$` (a `$` itself). Any
 * other `$` is itself. A substitution ends at the first `}`; there is none within another.
 */
export function parseSubstitutions(source: string): Pieces {
  const pieces: Piece[] = [];
  let text = '';
  let at = 0;
  while (at < source.length) {
    if (source.startsWith('$$', at)) {
      text += '$';
      at += 2;
    } else if (source.startsWith('${', at)) {
      const end = source.indexOf('}', at);
      if (end === -1)
        return wrong('a substitution has no end', `write } after it, or $\${ for the text itself`);
      const piece = parseOne(source.slice(at + 2, end));
      if ('message' in piece) return wrong(piece.message, piece.hint);
      if (text !== '') pieces.push({ kind: 'text', text });
      pieces.push(piece);
      text = '';
      at = end + 1;
    } else {
      text += source[at] ?? '';
      at += 1;
    }
  }
  if (text !== '') pieces.push({ kind: 'text', text });
  return { ok: true, pieces };
}

const wrong = (message: string, hint: string): Pieces => ({ ok: false, message, hint });

function parseOne(inner: string): Piece | { message: string; hint: string } {
  if (inner.includes('${')) {
    return {
      message: 'a substitution cannot stand within another',
      hint: 'give the whole value one variable',
    };
  }
  if (inner.startsWith('file:')) {
    const path = inner.slice('file:'.length).trim();
    return path === ''
      ? { message: '${file:} names no file', hint: `write ${forms}` }
      : { kind: 'file', path };
  }
  const [, name, operator, rest = ''] = /^([A-Za-z_][A-Za-z0-9_]*)(:-|:\?)?(.*)$/s.exec(inner) ?? [];
  if (name === undefined || (operator === undefined && rest !== '')) {
    return {
      message: 'the substitution is not understood',
      hint: `write ${forms}, or $\${ for the text itself`,
    };
  }
  if (operator === ':-') return { kind: 'variable', name, fallback: rest.replaceAll('$$', '$') };
  if (operator === ':?') return { kind: 'variable', name, demand: rest };
  return { kind: 'variable', name };
}
