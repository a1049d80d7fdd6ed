import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { TerminalError } from '@data-master/ports';
import { perTest } from '@data-master/testing';
import { createFileObjectStore, createIcebergFileIO, fileUri } from './index.ts';
import { makeTemporaryFolder } from './testdata/temporary-folder.ts';

const parts = perTest(async (onEnd) => {
  const root = join(await makeTemporaryFolder(onEnd), 'dm datalake');
  return { root, io: createIcebergFileIO({ root, store: createFileObjectStore({ root }) }), table: fileUri(join(root, 'silver', 'beer')) };
});

it('reads, writes, replaces and removes by URI', async () => {
  const { io, table } = parts();
  const uri = `${table}/metadata/version-hint.text`;
  expect(await io.exists(uri)).toBe(false);
  await expect(io.read(uri)).rejects.toThrow('does not exist');
  await io.write(uri, Uint8Array.of(1));
  await io.write(uri, Uint8Array.of(2));
  expect(await io.read(uri)).toEqual(Uint8Array.of(2));
  expect(await io.exists(uri)).toBe(true);
  await io.remove(uri);
  await io.remove(uri);
  expect(await io.exists(uri)).toBe(false);
});

it('lets one of many concurrent commits succeed', async () => {
  const { io, table } = parts();
  const outcomes = await Promise.all(Array.from({ length: 50 }, (_, n) => io.createExclusive(`${table}/metadata/v1.metadata.json`, Uint8Array.of(n))));
  expect(outcomes.filter(Boolean)).toHaveLength(1);
  expect(await io.read(`${table}/metadata/v1.metadata.json`)).toEqual(Uint8Array.of(outcomes.indexOf(true)));
});

it('lists what an engine wrote, with the URIs by which it is read', async () => {
  const { io, table } = parts();
  const folder = `${table}/data/beer_style=A%20B & ü/`;
  const path = join(await io.prepareFolder(folder), 'part-0.parquet');
  await writeFile(path, 'rows');
  await io.publishFiles([`${folder}part-0.parquet`]);
  expect(await io.localPaths([`${folder}part-0.parquet`])).toEqual([path]);
  expect(await io.list(`${table}/`)).toEqual([`${folder}part-0.parquet`]);
  expect(await io.read(`${folder}part-0.parquet`)).toEqual(new TextEncoder().encode('rows'));
  expect(await io.list(`${table}/nothing/`)).toEqual([]);
  await io.discardFolder(folder);
  expect(await io.list(`${table}/`)).toEqual([]);
});

it('refuses files outside its root', async () => {
  const { io, root } = parts();
  for (const uri of ['file:///etc/passwd', `${fileUri(root)}/../other`, 's3://bucket/key', fileUri(root), `${fileUri(root)}-other/x`]) {
    await expect(io.localPaths([uri])).rejects.toThrow(TerminalError);
  }
});
