/** A record that passed. */
export interface Tapped {
  /** Counts on, to tell one from the next. */
  readonly number: number;
  readonly at: string;
  readonly place: string | null;
  readonly key: string | null;
  readonly value: unknown;
}

/** What was asked for about the connector that is looked at; null: not there yet. */
export interface Looked {
  readonly offsets: readonly { readonly partition: unknown; readonly offset: unknown }[] | null;
  readonly config: unknown;
  /** Null: nobody looks. */
  readonly tapped: readonly Tapped[] | null;
}

export const nothingLooked: Looked = { offsets: null, config: null, tapped: null };
