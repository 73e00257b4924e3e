/**
 * Disks that are full or read-only: a small file system in memory where mounting one is allowed (as root on
 * Linux); else the tests that want one are skipped, and say so.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { atEnd, temporaryFolder } from '../temp-folder.js';
import { until } from './until.js';

/** A file system of its own. Null, and the test is skipped, where that is not allowed. */
export async function smallDisk(t: TestContext, bytes: number): Promise<SmallDisk | null> {
  const root = join(await temporaryFolder(t), 'disk');
  await mkdir(root);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(bytes)}`, 'tmpfs', root], { stdio: 'pipe' });
  } catch {
    t.skip('mounting a file system is not allowed here');
    return null;
  }
  atEnd(t, () => Promise.resolve(execFileSync('umount', ['-l', root])));
  return new SmallDisk(root);
}

export class SmallDisk {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  get #filler(): string {
    return join(this.root, 'filler');
  }

  /** Takes all the room that is left, but for so many bytes. */
  async fill(spare = 0): Promise<void> {
    for (let size = 64 * 1024; size >= 1; size = Math.floor(size / 2)) {
      for (;;) {
        try {
          await writeFile(this.#filler, Buffer.alloc(size), { flag: 'a' });
        } catch {
          break;
        }
      }
    }
    await truncate(this.#filler, (await stat(this.#filler)).size - spare);
  }

  async makeRoom(): Promise<void> {
    await rm(this.#filler);
  }

  /** A file that is open for writing just now is in the way of `ro`. */
  async remount(how: 'ro' | 'rw'): Promise<void> {
    await until(`the disk to be ${how}`, () => {
      execFileSync('mount', ['-o', `remount,${how}`, this.root], { stdio: 'pipe' });
      return true;
    });
  }
}
