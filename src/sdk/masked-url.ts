/**
 * The address as it may be shown: without its password, and without what it asks for. A user name that stands alone may
 * be a token, and is not shown either. All else stays as it was written: an address may be a template.
 */
export function maskedUrl(url: string): string {
  const parts = URL.canParse(url) ? /^([a-z0-9+.-]+:\/\/)(?:([^/?#]*)@)?([^?#]*)/i.exec(url) : null;
  if (parts === null) return url.replace(/^([a-z0-9+.-]+:\/\/)?.*@/is, '$1***@');
  const [, scheme = '', credentials, rest = ''] = parts;
  const place = rest.replace(/^([^/]*)\/$/, '$1');
  if (credentials === undefined || credentials === '' || credentials === ':') return `${scheme}${place}`;
  const [, user, password] = /^([^:]*):(.+)$/s.exec(credentials) ?? [];
  return `${scheme}${password === undefined ? '***' : `${user ?? ''}:***`}@${place}`;
}
