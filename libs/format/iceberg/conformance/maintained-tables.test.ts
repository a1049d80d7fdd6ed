import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeWithPython } from '@data-master/spark/testing';
import { createForeignLake, difference, differenceToSpark, noDifference, type ForeignLake } from './foreign-lake.ts';

await describeWithPython('tables of ours through evolution, deletes and maintenance, in turns with Spark', (environment) => {
  let lake: ForeignLake;
  beforeAll(async () => {
    lake = await createForeignLake(environment);
  });
  afterAll(() => lake.dispose());
  const columns = { key: 'long', day: 'date', amount: 'int', ratio: 'float', price: 'decimal(9, 2)', text: 'string' } as const;
  const rows = (start: number, n: number) => `SELECT i AS key, DATE '2020-01-01' + (i % 60)::INTEGER AS day, (i % 7)::INTEGER AS amount, i / 3 AS ratio, i / 4 AS price, 'text ' || i AS text FROM range(${start}, ${start + n}) r(i)`;
  const same = async (name: string, options = {}) => expect(await differenceToSpark(lake, name, options)).toEqual(noDifference);

  test('hold the same rows for Spark and for us after every step', async () => {
    const name = 'rest';
    const table = await lake.create(name, columns, [{ source: 'day', transform: 'month' }]);
    await table.append(rows(0, 1000));
    await table.append(rows(1000, 1000));
    await table.merge({ source: 'SELECT i * 7 AS key, 99 AS amount FROM range(200) r(i)', on: ['key'], matched: [{ when: 's.key % 3 = 0', delete: true }, { set: { amount: 's.amount' } }], mode: 'merge-on-read' });
    await same(name);
    await lake.spark(`SELECT * FROM lake.db.${name}.delete_files`);
    await table.evolveSchema([
      { change: 'rename', column: 'text', to: 'label' }, { change: 'widen', column: 'amount', type: 'long' }, { change: 'widen', column: 'ratio', type: 'double' },
      { change: 'widen', column: 'price', type: 'decimal(15, 2)' }, { change: 'add', name: 'place', type: { type: 'struct', fields: [{ id: 1, name: 'city', required: false, type: 'string' }, { id: 2, name: 'zip', required: false, type: 'int' }] } },
      { change: 'reorder', names: ['label', 'key', 'day', 'amount', 'ratio', 'price', 'place'] }, 
    ]);
    await table.evolvePartitioning([{ source: 'day', transform: 'day' }]);
    await table.append(`SELECT 'new' AS label, 5000 + i AS key, DATE '2020-01-01' + i::INTEGER AS day, 1 AS amount, 1 AS ratio, 1 AS price, {'city': 'Bern', 'zip': i} AS place FROM range(5) r(i)`);
    await same(name);
    await table.evolveSchema([{ change: 'rename', column: ['place', 'city'], to: 'town' }, { change: 'add', parent: 'place', name: 'land', type: 'string' }, { change: 'drop', column: ['place', 'zip'] }]);
    await same(name);
    await same(name, { filter: 'amount > 50', options: { filter: [{ column: 'amount', op: '>', value: 50 }] } });
    await lake.spark(`DELETE FROM lake.db.${name} WHERE key % 11 = 0`);
    await table.refresh();
    await same(name);
    await table.merge({ source: `SELECT i * 13 AS key, DATE '2020-01-03' AS day FROM range(100) r(i)`, on: ['key'], matched: [{ set: { day: 's.day' } }], mode: 'merge-on-read' });
    await same(name);
    await table.overwritePartitions({ partitions: [{ day_day: '2020-01-05' }], select: `SELECT 'over' AS label, 7000 AS key, DATE '2020-01-05' AS day, 1 AS amount, 1 AS ratio, 1 AS price, NULL AS place` });
    await same(name);
    await table.createTag('before', { maxRefAgeMs: 1_000_000_000 });
    const before = table.currentSnapshot?.['snapshot-id'];
    const scanBefore = (await table.scan()).sql;
    await lake.engine.run(`CREATE TEMP TABLE kept AS ${scanBefore}`);
    await table.compact({ minInputFiles: 2 });
    await same(name);
    await table.rewriteManifests();
    await same(name);
    expect(await difference(lake.engine, 'SELECT * FROM kept', (await table.scan()).sql)).toEqual(noDifference);
    await table.createBranch('side');
    await table.append(`SELECT 'side' AS label, 8000 AS key, DATE '2020-01-05' AS day, 1 AS amount, 1 AS ratio, 1 AS price, NULL AS place`, { branch: 'side' });
    expect(await lake.spark(`SELECT key FROM lake.db.${name} VERSION AS OF 'side' WHERE label = 'side'`)).toEqual([{ key: '8000' }]);
    await lake.spark(`ALTER TABLE lake.db.${name} CREATE BRANCH other`);
    await lake.spark(`INSERT INTO lake.db.${name}.branch_other VALUES ('theirs', 9000, DATE '2020-02-02', 1, 1, 1, NULL)`);
    await table.refresh();
    const { sql } = await table.scan({ ref: 'other', filter: [{ column: 'label', op: '=', value: 'theirs' }], columns: ['key'] });
    expect(await lake.engine.rows(sql)).toEqual([{ key: 9000n }]);
    const result = await table.expireSnapshots({ olderThanMs: Date.now() + 1, retainLast: 1 });
    expect(result.expiredSnapshots.length).toBeGreaterThan(3);
    await same(name);
    const tagged = await lake.fromSpark(`SELECT * FROM lake.db.${name} VERSION AS OF ${before}`, table.schema.fields);
    expect(await difference(lake.engine, 'SELECT * FROM kept', tagged)).toEqual(noDifference);
    await table.removeOrphanFiles({ olderThanMs: Date.now() + 1000, noRunningCommits: true });
    await same(name);
    await lake.spark(`CALL lake.system.rewrite_data_files(table => 'db.${name}', options => map('rewrite-all', 'true'))`);
    await lake.spark(`CALL lake.system.expire_snapshots(table => 'db.${name}', older_than => TIMESTAMP '2100-01-01 00:00:00', retain_last => 1)`);
    await table.refresh();
    await same(name);
    await table.removeOrphanFiles({ olderThanMs: Date.now() + 1000, noRunningCommits: true });
    await same(name);
    await table.dropRef('before');
    await table.rollbackTo(table.currentSnapshot?.['snapshot-id'] ?? 0n);
    await table.append(`SELECT 'last' AS label, 1 AS key, DATE '2020-01-05' AS day, 1 AS amount, 1 AS ratio, 1 AS price, NULL AS place`);
    await same(name);
  }, 240_000);
});
