/** Anything JSON can hold. Numbers are doubles: integers are exact up to 2^53. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue;
}
