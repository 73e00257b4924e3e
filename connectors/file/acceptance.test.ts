import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { acceptanceSuite, type SinkDriver, type SourceDriver } from '../../src/sdk/acceptance/index.js';
import file from './index.js';
import { isMissing } from './system-error.js';
import { temporaryFolder } from './temporary-folder.test.helper.js';

const contents = {
  'logs/a.log': ['first', 'grüße ✓ 日本', '', 'with\rreturn\r', 'last but one', 'last'],
  'logs/b.log': ['only'],
  'logs/deep/c.log': Array.from({ length: 5000 }, (_, n) => `line ${n} of many`),
};

const source: SourceDriver = {
  scene: async (t) => {
    const baseDir = await temporaryFolder(t);
    await mkdir(join(baseDir, 'logs/deep'), { recursive: true });
    for (const [name, lines] of Object.entries(contents)) {
      await writeFile(join(baseDir, name), `${lines.join('\n')}\n`);
    }
    return {
      config: { path: 'logs/**/*.log', poll_ms: 50 },
      baseDir,
      contents,
      tasks: 2,
      add: async () => {
        await appendFile(join(baseDir, 'logs/a.log'), 'one more\nand one more\n');
        return { 'logs/a.log': ['one more', 'and one more'] };
      },
      break: async () => {
        await rm(join(baseDir, 'logs/b.log'));
        await mkdir(join(baseDir, 'logs/b.log'));
        await rm(join(baseDir, 'logs/deep/c.log'));
        await writeFile(join(baseDir, 'logs/deep/c.log'), 'x'.repeat(5_000_000));
      },
    };
  },
};

const sink: SinkDriver = {
  scene: async (t) => {
    const baseDir = await temporaryFolder(t);
    const path = join(baseDir, 'out/acceptance.txt');
    return {
      config: { path: 'out/{topic}.txt' },
      baseDir,
      written: async () => {
        const text = await readFile(path, 'utf8').catch((error: unknown) => {
          if (isMissing(error)) return '';
          throw error;
        });
        return text.split('\n').slice(0, -1);
      },
      break: async () => {
        await mkdir(path, { recursive: true });
        return () => rm(path, { recursive: true });
      },
    };
  },
};

acceptanceSuite(file, { source, sink });
