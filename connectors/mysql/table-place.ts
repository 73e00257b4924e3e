import { partsOfName } from '../sql/qualified-name.js';
import type { Mysql } from './connect.js';

export interface TablePlace {
  readonly database: string;
  readonly table: string;
}

/** Of `orders`, which is in the database of the connection, or `shop.orders`. */
export function placeOf(name: string, { place }: Pick<Mysql, 'place'>): TablePlace {
  const { schema, table } = partsOfName(name);
  return { database: schema ?? place.database, table };
}
