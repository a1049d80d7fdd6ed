import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createManualClock, perTest } from '@data-master/testing';
import { createSqliteRunHistory, openLakeDatabase } from './index.ts';
import { makeTemporaryFolder } from './testdata/temporary-folder.ts';

describe('the history of runs', () => {
  const parts = perTest(async (onEnd) => {
    const database = await openLakeDatabase(join(await makeTemporaryFolder(onEnd), 'lake.db'));
    onEnd(() => database.close());
    const clock = createManualClock();
    return { clock, history: createSqliteRunHistory(database, clock) };
  });
  const start = (execution_id: string) => parts().history.start({ execution_id, machine: 'dm-a', input: '{}' });

  it('tells how each run ended, the newest first', async () => {
    const { clock, history } = parts();
    await start('one');
    await start('two');
    clock.advance(250);
    await history.end('one', 'failed', 'no room');
    expect(await history.list(10)).toEqual([
      { execution_id: 'two', machine: 'dm-a', status: 'running', started_at: '2026-01-01T00:00:00.000Z', ended_at: null, input: '{}', error: null },
      { execution_id: 'one', machine: 'dm-a', status: 'failed', started_at: '2026-01-01T00:00:00.000Z', ended_at: '2026-01-01T00:00:00.250Z', input: '{}', error: 'no room' },
    ]);
    expect(await history.list(1)).toHaveLength(1);
  });

  it('marks as aborted what ran in a process that is gone, and nothing else', async () => {
    const { history } = parts();
    for (const id of ['gone', 'done', 'alive']) await start(id);
    await history.end('done', 'succeeded');
    await history.abandon((id) => id !== 'alive');
    expect((await history.list(10)).map(({ execution_id, status }) => [execution_id, status])).toEqual([['alive', 'running'], ['done', 'succeeded'], ['gone', 'aborted']]);
  });

  it('keeps the newest thousand', async () => {
    for (let run = 0; run < 1_003; run += 1) await start(`run ${run}`);
    const runs = await parts().history.list(2_000);
    expect([runs.length, runs.at(-1)?.execution_id]).toEqual([1_000, 'run 3']);
  });
});
