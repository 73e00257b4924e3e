/** The store's folder cannot be used as it is; the message names the file and says what to do. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
}
