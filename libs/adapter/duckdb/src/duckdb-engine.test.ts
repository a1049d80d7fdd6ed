import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { TransientError } from '@data-master/ports';
import { describeQueryEngine, perTest, type Setup } from '@data-master/testing';
import { createDuckDbEngine } from './index.ts';

const setup = (async (onEnd) => {
  const spillFolder = await mkdtemp(join(tmpdir(), 'duckdb-'));
  onEnd(() => rm(spillFolder, { recursive: true, force: true }));
  const engine = await createDuckDbEngine({ memoryLimitMb: 100, threads: 2, spillFolder });
  onEnd(() => engine.close());
  return { engine, spillFolder };
}) satisfies Setup<unknown>;

describeQueryEngine('DuckDB', async (onEnd) => (await setup(onEnd)).engine);

describe('DuckDB within its bounds', () => {
  const parts = perTest(setup);
  const largeTable = "CREATE TEMP TABLE large AS SELECT 'jane@example.com' || md5(range::VARCHAR) AS text FROM range(3000000)";

  async function spilled(): Promise<Buffer> {
    const names = await readdir(parts().spillFolder, { recursive: true });
    const paths = names.map((name) => join(parts().spillFolder, name));
    const contents = await Promise.all(paths.map(async (path) => ((await stat(path)).isFile() ? readFile(path) : Buffer.alloc(0))));
    return Buffer.concat(contents);
  }

  it('spills what memory does not hold, unreadable for others, and removes it when closed', async () => {
    await parts().engine.run(largeTable);
    const bytes = await spilled();
    expect(bytes.length).toBeGreaterThan(1_000_000);
    expect(bytes.includes('jane@example.com')).toBe(false);
    const [own = ''] = await readdir(parts().spillFolder);
    expect((await stat(join(parts().spillFolder, own))).mode & 0o777).toBe(0o700);
    await parts().engine.close();
    expect(await readdir(parts().spillFolder)).toEqual([]);
  });

  it('gives the memory and disk of a session back when it ends', async () => {
    const usage = 'SELECT sum(memory_usage_bytes + temporary_storage_bytes)::BIGINT AS bytes FROM duckdb_memory()';
    const [during] = await parts().engine.session(async (session) => {
      await session.run(largeTable);
      return session.rows(usage);
    });
    const [after] = await parts().engine.rows(usage);
    expect(during?.['bytes']).toBeGreaterThan(50_000_000n);
    expect(after?.['bytes']).toBeLessThan(10_000_000n);
  });

  it('says how to get more memory', async () => {
    const sql = 'SELECT list(range) AS numbers FROM range(50000000)';
    const error: unknown = await parts().engine.run(sql).then(() => undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(TransientError);
    expect(String(error)).toContain('--memory');
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('says that the disk is full', async () => {
    const error: unknown = await parts().engine.run("COPY (SELECT range FROM range(100000)) TO '/dev/full' (FORMAT parquet)").then(() => undefined, (reason: unknown) => reason);
    expect(error).toBeInstanceOf(TransientError);
    expect(String(error)).toContain('free disk space');
  });

  it('never looks for extensions elsewhere', async () => {
    await expect(parts().engine.run("SELECT * FROM read_parquet('https://localhost:1/x.parquet')")).rejects.toThrow();
    expect(await parts().engine.rows("SELECT current_setting('autoinstall_known_extensions') AS install, current_setting('autoload_known_extensions') AS load")).toEqual([
      { install: false, load: false },
    ]);
  });

  it('keeps the lines of a broken file out of the error', async () => {
    const path = join(parts().spillFolder, 'broken.csv');
    await parts().engine.run(`COPY (SELECT 'jane@example.com' AS a, 1 AS b FROM range(100)) TO '${path}' (FORMAT csv)`);
    const error: unknown = await parts()
      .engine.run(`SELECT sum(a) FROM read_csv('${path}', header = true, columns = {'a': 'INTEGER', 'b': 'INTEGER'})`)
      .then(() => undefined, (reason: unknown) => reason);
    expect(String(error)).toContain('CSV');
    expect(String(error)).not.toContain('jane');
  });
});

it('leaves no folder behind when an option is wrong', async () => {
  const spillFolder = await mkdtemp(join(tmpdir(), 'duckdb-'));
  await expect(createDuckDbEngine({ memoryLimitMb: 100, threads: -1, spillFolder })).rejects.toThrow();
  expect(await readdir(spillFolder)).toEqual([]);
  await rm(spillFolder, { recursive: true });
});
