import type { Mysql } from '../connect.js';

/** What the user may do, as the server tells it of itself. */
export interface Grants {
  /** Whether one of the rights is granted on the server, the database, or the table. */
  has(rights: readonly string[], place?: { readonly database: string; readonly table?: string }): boolean;
  /** Roles that are granted, but whose rights are not told: what `has` denies may be allowed all the same. */
  readonly mayBeMore: boolean;
}

export async function readGrants(mysql: Mysql): Promise<Grants> {
  const rows = await mysql.rows('SHOW GRANTS');
  const lines = rows.flatMap((row) => Object.values(row).map(String));
  const grants = lines.flatMap((line) => {
    const found = /^GRANT (.+?) ON (?:TABLE )?(\S+)\.(\S+) TO /.exec(line);
    if (found === null) return [];
    const [, rights = '', database = '', table = ''] = found;
    // Rights on single columns are none on the table.
    return [{ rights: rights.split(/, ?/), database: nameIn(database), table: nameIn(table) }];
  });
  return {
    has: (rights, place) =>
      grants.some(
        (grant) =>
          isAt(grant, place) &&
          (grant.rights.includes('ALL PRIVILEGES') || rights.some((right) => grant.rights.includes(right))),
      ),
    mayBeMore: lines.some((line) => line.startsWith('GRANT ') && !line.includes(' ON ')),
  };
}

function isAt(
  { database, table }: { readonly database: string; readonly table: string },
  place: { readonly database: string; readonly table?: string } | undefined,
): boolean {
  if (database === '*') return true;
  if (place === undefined || !like(database).test(place.database)) return false;
  return table === '*' || table === place.table;
}

const nameIn = (text: string): string => text.replace(/^`|`$/g, '').replaceAll('``', '`');

/** A database may be granted by a pattern: `shop\_%`. */
function like(pattern: string): RegExp {
  const source = pattern.replace(/\\([%_])|[%_]|[.*+?^${}()|[\]\\]/g, (part, escaped: string | undefined) => {
    if (escaped !== undefined) return escaped;
    return part === '%' ? '.*' : part === '_' ? '.' : `\\${part}`;
  });
  return new RegExp(`^${source}$`, 'u');
}
