import { describe, expect, test } from '@jest/globals';
import type { LakeModel } from '@data-master/table-contracts';
import { evolveLake, firstModel, secondModel, withModel } from './testing/evolving-lake.ts';
import { batchKey, gzipped } from './testing/sample-input.ts';
import { inTemporaryHome } from './testing/temporary-home.ts';

const withoutSystemColumns = (rows: readonly string[]) => rows.map((text) => {
  const { created_at: _created, updated_at: _updated, deleted_at: _deleted, _position, _deleted_position, ...values } = JSON.parse(text) as Record<string, unknown>;
  return values;
});

describe('a lake whose contracts have evolved', () => {
  test('keeps its rows under the new columns, with NULL where they have no value, and fills in new ones', async () => {
    await inTemporaryHome(async (home) => {
      const { 'silver.tap': tap, 'silver.tap_flat': flat, 'gold.taps_by_label': gold } = await evolveLake(home);
      const rows = [
        { tap_id: '1', name: 'Amber', volume: null, pints: '10' },
        { tap_id: '2', name: 'Black', volume: '30.50', pints: '5000000000' },
        { tap_id: '3', name: 'Amber', volume: '50.00', pints: '30' },
        { tap_id: '4', name: 'Dark', volume: null, pints: '40' },
      ];
      const kegs = [{ weight: 0.5, price: '4.20' }, { weight: 0.1, price: '1234567890.12' }, { weight: null, price: null }, { weight: 1.5, price: '5.10' }];
      expect(withoutSystemColumns(tap!)).toEqual(rows.map((row, index) => ({ ...row, ...kegs[index] })));
      expect(withoutSystemColumns(flat!)).toEqual(rows);
      expect(withoutSystemColumns(gold!)).toEqual([
        { name: 'Amber', taps: '2', pints: '40' }, { name: 'Black', taps: '1', pints: '5000000000' }, { name: 'Dark', taps: '1', pints: '40' },
      ]);
    });
  });

  test('refuses a change that stored rows do not allow, says which and why, and works on once it is taken back', async () => {
    await inTemporaryHome(async ({ environment }) => {
      const deliver = (model: LakeModel, arrival: number) => withModel(model, environment, async (lake) => {
        await lake.deliver(batchKey('tap', arrival), gzipped(`tap_id,label,pints,note,weight,price\n${arrival},Amber,10,x,1,1\n`));
        await lake.drain();
        const failures = await lake.failures();
        await lake.retry();
        return failures.map(({ error_message: message }) => message);
      });
      const narrowed: LakeModel = { ...firstModel, tables: firstModel.tables.map((table) => ({ ...table, columns: { ...table.columns, pints: { id: 3, type: 'float', doc: 'pints' } } })) };
      expect(await deliver(firstModel, 1)).toEqual([]);
      expect(await deliver(narrowed, 2)).toEqual([expect.stringMatching(/silver\.tap.*"pints".*found int to float, expected int to long.*take the change of the contract back/)]);
      expect(await deliver(firstModel, 3)).toEqual([]);
      expect(await withModel(firstModel, environment, (lake) => lake.query('SELECT count(*) AS n FROM silver.tap'))).toEqual([{ n: 3n }]);
    });
  });

  test('is not opened by the contracts that it had before', async () => {
    await inTemporaryHome(async (home) => {
      await evolveLake(home);
      await expect(withModel(firstModel, home.environment, (lake) => lake.state())).rejects.toThrow('silver.tap has schemaVersion 2 of its contract; expected at most 1');
      expect(await withModel(secondModel, home.environment, (lake) => lake.query('SELECT count(volume) AS n FROM silver.tap'))).toEqual([{ n: 2n }]);
    });
  });
});
