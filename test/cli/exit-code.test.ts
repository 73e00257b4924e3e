import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { CommanderError } from 'commander';
import { CommandError, tell } from '../../src/cli/exit-code.js';
import { RocketmqError } from '../../src/rocketmq/errors.js';
import { ConnectorError } from '../../src/sdk/index.js';
import { CorruptFileError, LockedError } from '../../src/store/index.js';
import { temporaryFolder } from '../temp-folder.js';

const exitCode = (error: unknown): number => tell(error).exitCode;

test('who does not answer is told from who says no', () => {
  for (const code of ['unreachable', 'timeout', 'disconnected'] as const) {
    assert.equal(exitCode(new RocketmqError(code, 'x')), 3, code);
  }
  for (const code of ['denied', 'busy', 'topic_not_found', 'broker_error'] as const) {
    assert.equal(exitCode(new RocketmqError(code, 'x')), 1, code);
  }
  assert.match(tell(new RocketmqError('unreachable', 'x')).hint ?? '', /is the address right/);
  assert.equal(exitCode(new ConnectorError('unreachable', 'x')), 3);
  assert.equal(exitCode(new ConnectorError('denied', 'x')), 1);
  assert.equal(exitCode(new ConnectorError('config', 'x')), 2);
  const refused = Object.assign(new Error('connect'), { syscall: 'connect', code: 'ECONNREFUSED' });
  assert.equal(exitCode(refused), 3);
});

test('a system error keeps its code', () => {
  const denied = Object.assign(new Error('EACCES: permission denied'), { syscall: 'open', code: 'EACCES' });
  const told = tell(denied);
  assert.equal(told.exitCode, 1);
  assert.equal(told.code, 'eacces');
  assert.equal(told.stack, undefined);
});

test('what the disk refuses is told in words, with the path and what to do', async (t) => {
  const file = join(await temporaryFolder(t), 'a file');
  await writeFile(file, '');
  const failure: unknown = await mkdir(join(file, 'data')).catch((error: unknown) => error);
  const told = tell(failure);
  assert.equal(told.code, 'enotdir');
  assert.equal(told.message, `${join(file, 'data')}: a part of the path is a file, not a folder`);
  assert.match(told.hint ?? '', /another --data-dir/);
});

test('a file that is not there is told in words', async (t) => {
  const file = join(await temporaryFolder(t), 'none.yaml');
  const failure: unknown = await readFile(file).catch((error: unknown) => error);
  assert.equal(tell(failure).message, `${file}: there is no such file or folder`);
  assert.equal(tell(failure).hint, 'check the path');
});

test('the store is told by name', () => {
  assert.equal(tell(new CorruptFileError('/x', 'it is not JSON')).code, 'corrupt_file');
  assert.equal(tell(new LockedError('/x', null)).code, 'locked');
});

test('help is no failure, a missing command is one', () => {
  assert.equal(exitCode(new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)')), 0);
  assert.equal(exitCode(new CommanderError(1, 'commander.help', '(outputHelp)')), 2);
  const told = tell(new CommanderError(1, 'commander.unknownOption', "error: unknown option '--x'"));
  assert.equal(told.exitCode, 2);
  assert.equal(told.message, "unknown option '--x'");
});

test('what nobody foresaw comes with its stack', () => {
  const told = tell(new TypeError('x is not a function'));
  assert.equal(told.exitCode, 1);
  assert.equal(told.code, 'internal');
  assert.match(told.stack ?? '', /TypeError: x is not a function/);
});

test('details and findings are kept', () => {
  const told = tell(new CommandError('check', 'lag', 'too far', { details: { a: 1 }, lines: ['b'] }));
  assert.equal(told.exitCode, 4);
  assert.deepEqual(told.details, { a: 1 });
  assert.deepEqual(told.lines, ['b']);
});
