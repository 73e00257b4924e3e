/**
 * A proxy refuses messages without a body. One travels as a single zero byte that carries this user
 * property, and is made empty again where it is received. Can go when a proxy takes them.
 */
export const emptyProperty = 'connect.empty';
export const emptyStandIn = Buffer.from([0]);

export function standsForEmpty(body: Buffer, mark: string | undefined): boolean {
  return mark === 'true' && body.length === 1 && body[0] === 0;
}
