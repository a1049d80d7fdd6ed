import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from '@jest/globals';
import type { ControlRecord } from '@data-master/control-records';
import { collect } from '@data-master/testing';
import { clearScratch, createFileObjectStore, createSqliteControlStore, createSqliteOutbox, openLakeDatabase } from './index.ts';
import { makeTemporaryFolder } from './testdata/temporary-folder.ts';

const writer = fileURLToPath(new URL('./testdata/crash-writer.ts', import.meta.url));
const objectBytes = 400_000;

/** Runs the writer until it has acknowledged `objects` objects, kills it and returns what it acknowledged. */
async function killWriterAfter(folder: string, run: number, objects: number): Promise<string[]> {
  const child = spawn(process.execPath, [writer, folder, String(run)], { stdio: ['ignore', 'pipe', 'inherit'], timeout: 30_000, killSignal: 'SIGKILL' });
  const acknowledged: string[] = [];
  const ended = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line);
    if (line.startsWith('object') && --objects === 0) child.kill('SIGKILL');
  }
  const [, signal] = (await ended) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  return acknowledged;
}

it('keeps every acknowledged object and record, and no torn one, when the process is killed again and again', async () => {
  const cleaners: (() => unknown)[] = [];
  try {
    const folder = await makeTemporaryFolder((clean) => cleaners.push(clean));
    const acknowledged: string[] = [];
    for (let run = 0; run < 4; run++) acknowledged.push(...(await killWriterAfter(folder, run, 1 + run * 3)));

    const store = createFileObjectStore({ root: join(folder, 'objects') });
    const objects = await collect(store.list(''));
    for (const { key, sizeBytes } of objects) {
      expect({ key, sizeBytes }).toEqual({ key, sizeBytes: objectBytes });
      const bytes = Buffer.concat(await collect(store.read(key)));
      expect({ key, mixed: bytes.some((byte) => byte !== bytes[0]) }).toEqual({ key, mixed: false });
    }
    const keys = new Set(objects.map(({ key }) => `object ${key}`));
    expect(acknowledged.filter((line) => line.startsWith('object') && !keys.has(line))).toEqual([]);

    const database = await openLakeDatabase(join(folder, 'lake.sqlite'));
    cleaners.unshift(() => database.close());
    const records: ControlRecord[] = await collect(createSqliteControlStore(database).query({}));
    const ids = new Set(records.map((record) => record.control_id));
    for (const id of ids) expect(ids).toContain(id.endsWith('-a') ? id.replace(/a$/, 'b') : id.replace(/b$/, 'a'));
    expect(acknowledged.filter((line) => line.startsWith('record') && !ids.has(`${line.slice(7)}-a`))).toEqual([]);
    const events = await createSqliteOutbox(database).pending(100_000);
    expect(new Set(events.map((event) => event.id))).toEqual(new Set([...ids].map((id) => `${id}:0`)));

    expect(await readdir(join(folder, 'scratch'))).not.toEqual([]);
    await clearScratch(join(folder, 'scratch'));
    await store.sweep();
    expect(await readdir(join(folder, 'scratch'))).toEqual([]);
    expect(await readdir(join(folder, 'objects', '.writing'))).toEqual([]);
  } finally {
    for (const clean of cleaners) await clean();
  }
});
