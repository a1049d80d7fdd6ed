import { expect, it } from '@jest/globals';
import { TerminalError, TransientError } from '@data-master/ports';
import type { ParquetEngine } from '@data-master/parquet-writer';
import { ingestRecord } from './index.ts';
import { createMemoryLake, engineOf } from './testing/memory-lake.ts';

const key = 'raw/brewery/a.csv';
const csv = 'brewery_id,brewery_name\n1,One\n';

async function makeLake() {
  const lake = createMemoryLake();
  const { control_id: controlId } = await lake.register(key, csv);
  const dispatch = (engine: ParquetEngine = lake.ports.engine) => ingestRecord({ controlId, worker: 'worker' }, { ...lake.ports, engine });
  return { lake, controlId, dispatch };
}

const throttled = engineOf(() => Promise.reject(new TransientError('throttled')));

it('ingests once and skips what is dispatched again', async () => {
  const { dispatch } = await makeLake();
  expect([await dispatch(), await dispatch()]).toEqual(['success', 'skipped']);
});

it('asks for a repetition while attempts are left, and is done when one succeeds', async () => {
  const { lake, dispatch } = await makeLake();
  await expect(dispatch(throttled)).rejects.toMatchObject({ name: 'TransientError', message: expect.stringMatching(/throttled; attempt 1 is over, the next begins at 2026-/) as unknown });
  await expect(dispatch()).rejects.toThrow(TransientError);
  lake.clock.advance(2_000);
  expect(await dispatch()).toBe('success');
});

it('ends with the last attempt, and stays ended when it is dispatched again', async () => {
  const { lake, dispatch } = await makeLake();
  for (const backoffMs of [2_000, 4_000]) {
    await expect(dispatch(throttled)).rejects.toThrow(TransientError);
    lake.clock.advance(backoffMs);
  }
  for (let repetition = 0; repetition < 2; repetition += 1) await expect(dispatch(throttled)).rejects.toThrow(new TerminalError('throttled'));
});

it('ends at once with a failure that a repetition would not mend', async () => {
  const { dispatch } = await makeLake();
  await expect(dispatch(engineOf(() => Promise.reject(new TerminalError('no such column'))))).rejects.toThrow(new TerminalError('no such column'));
});

it('leaves a record to the worker that holds it', async () => {
  const { dispatch } = await makeLake();
  const entered = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const first = dispatch(engineOf(async () => {
    entered.resolve();
    await released.promise;
    return { accepted: 0, rejected: 0, unknown: {} };
  }));
  await entered.promise;
  expect(await dispatch()).toBe('skipped');
  released.resolve();
  expect(await first).toBe('success');
});

it('refuses a record that nobody registered', async () => {
  const { ports } = createMemoryLake();
  await expect(ingestRecord({ controlId: 'unknown', worker: 'worker' }, ports)).rejects.toThrow(TerminalError);
});
