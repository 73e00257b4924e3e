/**
 * The address as it may be shown: without its password, and without what it asks for. A user name that stands alone may
 * be a token, and is not shown either.
 */
export function maskedUrl(url: string): string {
  if (!URL.canParse(url)) return url.replace(/^([a-z0-9+.-]+:\/\/)?.*@/is, '$1***@');
  const { protocol, username, password, host, pathname } = new URL(url);
  const user = password === '' ? '***' : `${username}:***`;
  const who = username === '' && password === '' ? '' : `${user}@`;
  return `${protocol}//${who}${host}${pathname === '/' ? '' : pathname}`;
}
