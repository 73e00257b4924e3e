import type { Document, YAMLError } from 'yaml';
import type { Problem } from './definition.js';
import { problemAt } from './problem.js';
import type { Place } from './tree.js';

interface Explained {
  readonly message: string;
  readonly hint?: string;
}

/** In plain words, and without pieces of the text: there may be secrets in it. */
const words: Readonly<Record<string, Explained>> = {
  ALIAS_PROPS: { message: 'an alias cannot have an anchor or a tag' },
  BAD_ALIAS: { message: 'the alias has no usable name', hint: 'write *name' },
  BAD_DIRECTIVE: { message: 'the % directive is not understood', hint: 'remove it' },
  BAD_DQ_ESCAPE: {
    message: 'unknown escape after \\ in double quotes',
    hint: 'write \\\\ for a backslash, or use single quotes',
  },
  BAD_INDENT: {
    message: 'the indentation does not fit what is above',
    hint: 'entries of one mapping or list start at the same column',
  },
  BAD_PROP_ORDER: { message: 'anchors and tags must stand after the indicator' },
  BAD_SCALAR_START: {
    message: 'a value without quotes cannot start with this character',
    hint: 'put it in quotes',
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: 'a second ": " on one line',
    hint: 'put the value in quotes, or the mapping on a line of its own',
  },
  BLOCK_IN_FLOW: { message: 'a block cannot stand inside { } or [ ]' },
  KEY_OVER_1024_CHARS: { message: 'the key is longer than 1024 characters' },
  MISSING_CHAR: { message: 'something is missing here: a colon, a comma, a closing quote or bracket' },
  MULTILINE_IMPLICIT_KEY: { message: 'a key must be on one line', hint: 'check the indentation above' },
  MULTIPLE_ANCHORS: { message: 'only one anchor is possible here' },
  MULTIPLE_DOCS: {
    message: 'a second document starts here',
    hint: 'one job a file: put it in a file of its own',
  },
  MULTIPLE_TAGS: { message: 'only one tag is possible here' },
  NON_STRING_KEY: { message: 'keys must be text', hint: 'write name: value' },
  RESOURCE_EXHAUSTION: { message: 'the file is nested too deeply' },
  TAB_AS_INDENT: { message: 'a tab cannot indent', hint: 'use spaces' },
  TAG_RESOLVE_FAILED: { message: 'the tag (!…) is not known', hint: 'remove it' },
  UNEXPECTED_TOKEN: { message: 'this does not belong here', hint: 'check quotes, brackets and indentation' },
};

const unquotedSubstitution: Explained = {
  message: 'a substitution inside { } or [ ] needs quotes',
  hint: 'write "${NAME}" for a text; put a number, or true and false, on a line of its own',
};

/** Where one code stands for several things: what tells them in the parser's own message. */
const closer: readonly (readonly [RegExp, Explained])[] = [
  [
    /^Flow (map|sequence)/,
    { message: 'a { or [ above is not closed', hint: 'close it, or indent what is in it' },
  ],
  [/^Missing closing/, { message: 'a quote above is not closed' }],
  [/followed by map values/, { message: 'there is no colon after the key', hint: 'write name: value' }],
];

/** The parser's errors and warnings as problems. Of those that follow from another, only the first. */
export function explainYaml(
  document: Document.Parsed,
  text: string,
  place: (offset: number) => Place,
): Problem[] {
  const problems: Problem[] = [];
  let lost = false;
  let lastDollar = -1;
  for (const error of [...document.warnings, ...document.errors]) {
    const [start] = error.pos;
    const isLost = error.code === 'UNEXPECTED_TOKEN';
    const dollar = isLost ? dollarAt(text, start) : -1;
    if (isLost && (dollar === -1 ? lost : dollar === lastDollar)) continue;
    lost ||= isLost;
    lastDollar = dollar;
    const { message, hint } = dollar === -1 ? explained(error, text) : unquotedSubstitution;
    const severity = error.name === 'YAMLWarning' ? 'warning' : 'error';
    problems.push(problemAt(place(dollar === -1 ? start : dollar), '', message, { hint, severity }));
  }
  return problems;
}

/** A name, as keys are; anything else is not repeated: it may be a value that slipped. */
function keyAt(text: string, start: number): string {
  const [, name] = /^["']?([\w.-]{1,80})["']?\s*:/.exec(text.slice(start, start + 100)) ?? [];
  return name === undefined ? 'the key' : `the key ${name}`;
}

/** Where the substitution begins whose `$` or `{` the parser stumbled over; -1 where there is none. */
function dollarAt(text: string, start: number): number {
  return [start, start - 1].find((at) => text.startsWith('${', at)) ?? -1;
}

function explained(error: YAMLError, text: string): Explained {
  if (error.code === 'DUPLICATE_KEY')
    return { message: `${keyAt(text, error.pos[0])} is there already`, hint: 'keep one of them' };
  const [, exact] = closer.find(([pattern]) => pattern.test(error.message)) ?? [];
  return exact ?? words[error.code] ?? { message: 'the YAML is not well formed' };
}
