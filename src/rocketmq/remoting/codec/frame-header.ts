/** What a request or an answer says of itself, ahead of its body. */
export interface FrameHeader {
  /** The request code, or the response code. */
  readonly code: number;
  /** Chosen by the asker, echoed in the answer. */
  readonly opaque: number;
  /** Bit 0: this is an answer. Bit 1: one-way, no answer wanted. */
  readonly flag: number;
  readonly language?: string;
  readonly version?: number;
  readonly remark?: string | null;
  readonly extFields?: Readonly<Record<string, string>> | null;
  readonly serializeTypeCurrentRPC?: string;
}
