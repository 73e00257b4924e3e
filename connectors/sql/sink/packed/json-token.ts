const [quote, comma, backslash] = [0x22, 0x2c, 0x5c];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];
const space = 0x20;

/**
 * Where the JSON value that begins at `at` ends; -1 where it does not. Tells values from what is around them, and
 * no more: whether it is one, `JSON.parse` says.
 */
export function endOfValue(input: Buffer, at: number): number {
  switch (input[at]) {
    case quote:
      return endOfString(input, at);
    case openList:
    case openObject:
      return endOfNested(input, at);
    default: {
      let end = at;
      while (!isBehindWord(input[end])) end += 1;
      return end === at ? -1 : end;
    }
  }
}

/** `at` is that of its first quote. */
export function endOfString(input: Buffer, at: number): number {
  for (let index = at + 1; index < input.length; index += 1) {
    const byte = input[index];
    if (byte === quote) return index + 1;
    if (byte === backslash) index += 1;
  }
  return -1;
}

function endOfNested(input: Buffer, at: number): number {
  let depth = 0;
  for (let index = at; index < input.length; index += 1) {
    switch (input[index]) {
      case quote:
        index = endOfString(input, index) - 1;
        if (index < 0) return -1;
        break;
      case openList:
      case openObject:
        depth += 1;
        break;
      case closeList:
      case closeObject:
        depth -= 1;
        if (depth === 0) return index + 1;
        break;
      default:
    }
  }
  return -1;
}

const isBehindWord = (byte: number | undefined): boolean =>
  byte === undefined || byte <= space || byte === comma || byte === closeObject || byte === closeList;

export function skipBlanks(input: Buffer, at: number): number {
  let end = at;
  while (isBlank(input[end])) end += 1;
  return end;
}

const isBlank = (byte: number | undefined): boolean =>
  byte === space || byte === 0x0a || byte === 0x0d || byte === 0x09;
