/** `shop.orders` in its two parts; `schema` is null where there is one alone. */
export function partsOfName(name: string): { readonly schema: string | null; readonly table: string } {
  const dot = name.indexOf('.');
  return dot < 0 ? { schema: null, table: name } : { schema: name.slice(0, dot), table: name.slice(dot + 1) };
}

/** `orders` or `shop.orders` as it is written in SQL. */
export const quoteTableBy =
  (quoteName: (name: string) => string) =>
  (name: string): string => {
    const { schema, table } = partsOfName(name);
    return schema === null ? quoteName(table) : `${quoteName(schema)}.${quoteName(table)}`;
  };
