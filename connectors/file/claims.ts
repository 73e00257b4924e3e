import type { FileIdentity, FilePosition } from './position.js';

interface Claim {
  readonly partition: string;
  readonly identity: FileIdentity;
}

/**
 * Which partition reads which file. A file that is renamed stays its first partition's, also when its
 * new name is matched: otherwise `app.log*` would read it again as `app.log.1`.
 */
export class Claims {
  /** By inode. A number that was given to several files one after the other has several claims. */
  readonly #claims = new Map<string, Claim[]>();

  /** From stored positions. */
  remember(partition: string, position: FilePosition): void {
    const { earlier = [], ...file } = position.file;
    // The newest last: it may have the inode number of one that is deleted since.
    for (const { inode, head, head_bytes } of [file, ...earlier].reverse())
      this.take(partition, { inode, head, head_bytes });
  }

  /** The partition reads this file from now on, or knows more of its head. */
  take(partition: string, identity: FileIdentity): void {
    if (identity.head_bytes === 0) return;
    const others = this.#at(identity.inode).filter((claim) => claim.partition !== partition);
    this.#claims.set(identity.inode, [...others, { partition, identity }]);
  }

  /** What other partitions than this one read, or have read, at this inode. */
  byOther(partition: string, inode: string): readonly FileIdentity[] {
    return this.#at(inode).flatMap((claim) => (claim.partition === partition ? [] : [claim.identity]));
  }

  #at(inode: string): readonly Claim[] {
    return this.#claims.get(inode) ?? [];
  }
}
