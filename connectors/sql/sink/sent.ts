/** A number that goes into a statement as it is written here. */
export class Digits {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

/** What the driver sends for a value. */
export type Sent = string | Buffer | Digits | null;
