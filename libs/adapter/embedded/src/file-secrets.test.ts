import { chmod, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { TerminalError } from '@data-master/ports';
import { perTest } from '@data-master/testing';
import { createFileSecrets } from './index.ts';
import { makeTemporaryFolder } from './testdata/temporary-folder.ts';

const temporary = perTest(makeTemporaryFolder);
const folderOf = () => join(temporary(), 'keys');

it('keeps secrets from other users and leaves no drafts', async () => {
  await Promise.all(Array.from({ length: 10 }, () => createFileSecrets({ folder: folderOf() }).getOrCreate('pii', 32)));
  expect((await stat(folderOf())).mode & 0o777).toBe(0o700);
  expect((await stat(join(folderOf(), 'pii'))).mode & 0o777).toBe(0o600);
  expect(await readdir(folderOf())).toEqual(['pii']);
});

it('refuses a secret that others can read, and says how to mend it', async () => {
  const secrets = createFileSecrets({ folder: folderOf() });
  await secrets.getOrCreate('pii', 32);
  await chmod(join(folderOf(), 'pii'), 0o644);
  await expect(secrets.getOrCreate('pii', 32)).rejects.toThrow(/has mode 644; expected 600.*chmod 600/);
});

it('refuses a folder that others can read', async () => {
  const secrets = createFileSecrets({ folder: folderOf() });
  await secrets.getOrCreate('pii', 32);
  await chmod(folderOf(), 0o755);
  await expect(secrets.getOrCreate('pii', 32)).rejects.toThrow(/chmod 700/);
});

it('never replaces a damaged secret, and does not show it', async () => {
  const secrets = createFileSecrets({ folder: folderOf() });
  await secrets.getOrCreate('pii', 32);
  await writeFile(join(folderOf(), 'pii'), 'short');
  const error: unknown = await secrets.getOrCreate('pii', 32).then(() => undefined, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(TerminalError);
  expect(String(error)).toContain('has 5 bytes; expected 32');
  expect(String(error)).not.toContain('short');
});

it('keeps a secret that is given as long as it is wanted, replaces it whole, and shows it to its user only', async () => {
  const secrets = createFileSecrets({ folder: folderOf() });
  expect(await secrets.read('source')).toBeUndefined();
  for (const text of ['a longer secret', 'short']) {
    await secrets.write('source', Buffer.from(text));
    expect(Buffer.from((await secrets.read('source'))!).toString()).toBe(text);
    expect((await stat(join(folderOf(), 'source'))).mode & 0o777).toBe(0o600);
    expect(await readdir(folderOf())).toEqual(['source']);
  }
  await secrets.remove('source');
  await secrets.remove('source');
  expect(await secrets.read('source')).toBeUndefined();
});

it.each(['', '../pii', '.pii', 'a/b', 'PII'])('refuses the name %j', async (name) => {
  await expect(createFileSecrets({ folder: folderOf() }).getOrCreate(name, 32)).rejects.toBeInstanceOf(TerminalError);
});
