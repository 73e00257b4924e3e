/** How far behind: null is unknown, which is not 0. */
export interface Lag {
  readonly records: number | null;
  readonly bytes: number | null;
  readonly seconds: number | null;
}
