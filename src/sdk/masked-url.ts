/** The address as it may be shown: without its password, and without what it asks for. */
export function maskedUrl(url: string): string {
  if (!URL.canParse(url)) return url.replace(/^([a-z0-9+.-]+:\/\/)?[^@/]*@/i, '$1***@');
  const { protocol, username, password, host, pathname } = new URL(url);
  const who = username === '' && password === '' ? '' : `${username}${password === '' ? '' : ':***'}@`;
  return `${protocol}//${who}${host}${pathname === '/' ? '' : pathname}`;
}
