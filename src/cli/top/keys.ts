/** Calls `pressed` for each key that is pressed at the terminal, until the returned function is called. */
export function readKeys(pressed: (key: string) => void): () => void {
  const { stdin } = process;
  const onData = (chunk: Buffer): void => {
    for (const key of keysIn(chunk.toString('utf8'))) pressed(key);
  };
  stdin.setRawMode(true);
  stdin.on('data', onData);
  stdin.resume();
  return () => {
    stdin.off('data', onData);
    stdin.setRawMode(false);
    stdin.pause();
  };
}

const escapeCharacter = String.fromCharCode(27);
const sequence = new RegExp(`${escapeCharacter}\\[[0-9;]*[A-Za-z~]|[\\s\\S]`, 'gu');

/** Several may come at once; an arrow is three characters. */
export function keysIn(text: string): readonly string[] {
  return text.match(sequence) ?? [];
}
