import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { TerminalError, TransientError, type ObjectInfo } from '@data-master/ports';
import { collect, perTest } from '@data-master/testing';
import { asLakeError } from './file-errors.ts';
import { clearScratch, createFileLocalFiles, createFileObjectStore, makeProcessFolder } from './index.ts';
import { processIdentityOf } from './process-folder.ts';
import { makeTemporaryFolder } from './testdata/temporary-folder.ts';

describe('the file object store', () => {
  const folder = perTest(makeTemporaryFolder);
  const rootOf = () => join(folder(), 'objects');

  it('keeps an object as the file of its key', async () => {
    await createFileObjectStore({ root: rootOf() }).write('raw/beer/a.csv', Buffer.from('hops'));
    expect((await stat(join(rootOf(), 'raw/beer/a.csv'))).size).toBe(4);
  });

  it('reports each object after it can be read and before the write is acknowledged', async () => {
    const reported: ObjectInfo[] = [];
    const store = createFileObjectStore({
      root: rootOf(),
      onWritten: async (info) => {
        expect(await store.head(info.key)).toEqual(info);
        reported.push(info);
      },
    });
    const info = await store.write('a', Buffer.from('x'));
    expect(reported).toEqual([info]);
    const files = createFileLocalFiles({ root: rootOf(), scratch: join(folder(), 'scratch'), onWritten: async (published) => void reported.push(published) });
    const published = await files.publish(await files.writeScratch('b', store.read('a')), 'b');
    expect(reported).toEqual([info, published]);
    await files.dispose();
  });

  it('does not acknowledge a write whose event could not be kept', async () => {
    const store = createFileObjectStore({ root: rootOf(), onWritten: () => Promise.reject(new Error('outbox is full')) });
    await expect(store.write('a', Buffer.from('x'))).rejects.toThrow('outbox is full');
  });

  it('does not list hidden files, links and names that no key can have', async () => {
    const store = createFileObjectStore({ root: rootOf() });
    await store.write('raw/a', Buffer.from('x'));
    await writeFile(join(rootOf(), 'raw', '.b.swp'), 'x');
    await writeFile(join(rootOf(), 'raw', 'c\nd'), 'x');
    await symlink('a', join(rootOf(), 'raw', 'link'));
    expect((await collect(store.list(''))).map(({ key }) => key)).toEqual(['raw/a']);
  });

  it('refuses a key that is a folder of others, or inside another object, and leaves nothing behind', async () => {
    const store = createFileObjectStore({ root: rootOf() });
    await store.write('raw/beer/a', Buffer.from('x'));
    for (const key of ['raw/beer', 'raw/beer/a/b']) {
      await expect(store.write(key, Buffer.from('y'))).rejects.toThrow('choose');
      await expect(store.write(key, Buffer.from('y'), { ifAbsent: true })).rejects.toBeInstanceOf(TerminalError);
    }
    const [own = ''] = await readdir(join(rootOf(), '.writing'));
    expect(await readdir(join(rootOf(), '.writing', own))).toEqual([]);
  });

  it('does not list outside its root', async () => {
    await writeFile(join(folder(), 'outside'), 'x');
    const store = createFileObjectStore({ root: rootOf() });
    for (const prefix of ['../', '../out', 'raw/../../', '/']) await expect(collect(store.list(prefix))).rejects.toBeInstanceOf(TerminalError);
  });

  it.each([
    { code: 'ENOSPC', remedy: 'free disk space' },
    { code: 'EDQUOT', remedy: 'quota' },
    { code: 'EMFILE', remedy: 'ulimit -n' },
    { code: 'EIO', remedy: 'check the disk' },
  ])('calls $code transient and says how to mend it', ({ code, remedy }) => {
    const error = asLakeError(Object.assign(new Error(code), { code }), 'writing object a');
    expect(error).toBeInstanceOf(TransientError);
    expect(String(error)).toContain(remedy);
    expect(String(error)).toContain('writing object a');
  });

  it('removes at the first write what an ended process left behind, and not what a living one has in work', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume(); process.stdout.write("up")'], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const living = join(rootOf(), '.writing', processIdentityOf(child.pid ?? 0));
    await mkdir(living, { recursive: true });
    const ended = join(rootOf(), '.writing', `${process.pid}-zz`);
    await mkdir(ended, { recursive: true });
    await writeFile(join(ended, 'x'), 'torn');
    const store = createFileObjectStore({ root: rootOf() });
    await store.write('a', Buffer.from('x'));
    expect(await readdir(join(rootOf(), '.writing'))).toHaveLength(2);
    expect((await stat(living)).isDirectory()).toBe(true);
    child.stdin.end();
    await once(child, 'close');
    expect(await store.sweep()).toBe(1);
    expect(await readdir(join(rootOf(), '.writing'))).toHaveLength(1);
  });
});

describe('scratch of local files', () => {
  const folder = perTest(makeTemporaryFolder);

  it('is in a folder that others cannot read', async () => {
    const scratch = join(folder(), 'scratch');
    const files = createFileLocalFiles({ root: join(folder(), 'objects'), scratch });
    await files.scratchPath('x');
    const [own = ''] = await readdir(scratch);
    const [instance = ''] = await readdir(join(scratch, own));
    expect((await stat(join(scratch, own))).mode & 0o777).toBe(0o700);
    expect((await stat(join(scratch, own, instance))).mode & 0o777).toBe(0o700);
    await files.dispose();
  });

  it('is cleared of ended processes only, and foreign files stay', async () => {
    const own = await makeProcessFolder(folder());
    await mkdir(join(folder(), `${process.pid}-zz`));
    await mkdir(join(folder(), 'notes'));
    expect(await clearScratch(folder())).toBe(1);
    expect((await readdir(folder())).map((name) => join(folder(), name)).sort()).toEqual([own, join(folder(), 'notes')].sort());
    expect(await clearScratch(join(folder(), 'nothing'))).toBe(0);
  });

  it.each(['', '.hidden', 'a/b', '..', '../x'])('refuses the file name %j', async (name) => {
    const files = createFileLocalFiles({ root: folder(), scratch: join(folder(), 'scratch') });
    await expect(files.scratchPath(name)).rejects.toBeInstanceOf(TerminalError);
  });
});
