import type { ChalkInstance } from 'chalk';

/** Paints text for one stream; leaves it as it is where there is no terminal to show colours. */
export interface Style {
  readonly coloured: boolean;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

const same = (text: string): string => text;

export const plainStyle: Style = {
  coloured: false,
  bold: same,
  dim: same,
  red: same,
  green: same,
  yellow: same,
  cyan: same,
};

interface TerminalOrNot {
  readonly isTTY?: boolean;
  /** 0 where a terminal does not know its width: nothing can be drawn in place there. */
  readonly columns?: number;
}

/** Colours and moving text: only where a person looks at a terminal that can show them, and did not say no. */
export function isLively({ isTTY, columns }: TerminalOrNot): boolean {
  return isTTY === true && columns !== 0 && process.env.TERM !== 'dumb';
}

function wantsColour(stream: TerminalOrNot): boolean {
  const noColor = process.env.NO_COLOR;
  return isLively(stream) && (noColor === undefined || noColor === '');
}

/** Loads chalk only where something is painted. */
export async function styleFor(stream: TerminalOrNot): Promise<Style> {
  if (!wantsColour(stream)) return plainStyle;
  const { Chalk } = await import('chalk');
  const chalk: ChalkInstance = new Chalk({ level: 1 });
  return {
    coloured: true,
    bold: (text) => chalk.bold(text),
    dim: (text) => chalk.dim(text),
    red: (text) => chalk.red(text),
    green: (text) => chalk.green(text),
    yellow: (text) => chalk.yellow(text),
    cyan: (text) => chalk.cyan(text),
  };
}
