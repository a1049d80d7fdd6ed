import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system in memory of its own, which can be filled up and freed. */
export interface SmallDisk {
  path: string;
  /** Leaves this many bytes free, less a page. */
  fillUpTo(freeBytes: number): Promise<void>;
  free(): Promise<void>;
  remove(): void;
}

/** Mounts a disk of `sizeMb`; undefined where this process may not mount. */
export function mountSmallDisk(sizeMb: number): SmallDisk | undefined {
  const path = mkdtempSync(join(tmpdir(), 'dm-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMb}m`, 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    rmSync(path, { recursive: true });
    return undefined;
  }
  const ballast = join(path, 'ballast');
  return {
    path,
    async fillUpTo(freeBytes) {
      const { bavail, bsize } = await statfs(path);
      const file = await open(ballast, 'w');
      for (let rest = bavail * bsize - freeBytes; rest > 0; rest -= 65_536) await file.write(Buffer.alloc(Math.min(rest, 65_536)));
      await file.close();
    },
    free: () => rm(ballast, { force: true }),
    remove() {
      execFileSync('umount', ['--lazy', path], { stdio: 'ignore' });
      rmSync(path, { recursive: true, force: true });
    },
  };
}
