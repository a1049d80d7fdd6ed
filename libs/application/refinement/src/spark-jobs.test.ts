import { describe, expect, test } from '@jest/globals';
import { beerLake } from '@data-master/beer-lake';
import { createControlRecord } from '@data-master/control-records';
import { lakeTables } from '@data-master/table-contracts';
import { emitSparkJobs } from './spark-jobs.ts';
import { emitSparkPlan } from './spark-plan.ts';

const record = (fields: { object_key: string; affected_partitions?: Record<string, number | null>[] }) => createControlRecord({
  control_id: fields.object_key, schema_name: 'dm_silver', table_name: 't', file_format: 'parquet', file_size: 1, checksum: 'c', compute_target: 'ecs', ...fields,
}, new Date('2024-01-01T00:00:00Z'));
const uriOf = (key: string): Promise<string> => Promise.resolve(`file:///lake/${key}`);

describe('jobs for Spark', () => {
  const jobs = emitSparkJobs(beerLake);

  test('cover every table of silver and gold', () => {
    expect(Object.keys(jobs)).toEqual(lakeTables(beerLake).map((table) => `${table.layer}.${table.name}`));
  });

  test('name every relation that their SQL reads', () => {
    for (const [name, job] of Object.entries(jobs)) {
      if (job.kind === 'overwrite') expect([name, job.select]).toEqual([name, expect.stringContaining(`FROM ${job.from}`)]);
      else {
        const relations = [...Object.values(job.bronze).map(({ relation }) => relation), ...Object.values(job.silver)];
        const read = new Set(job.merge.match(/\b(?:bronze|silver)_[a-z_]+/g));
        expect([name, [...read].sort()]).toEqual([name, relations.sort()]);
      }
    }
  });

  test('quote as Spark does and keep no parameter open', () => {
    expect(JSON.stringify(jobs)).not.toMatch(/\\"[a-z_]+\\"\.|:min_reviews|read_parquet/);
  });
});

describe('a plan for Spark', () => {
  test('names the bronze files by table and the records that its commit applies', async () => {
    const records = ['bronze/beer/year=2024/month=01/day=01/a.parquet', 'bronze/review/year=2024/month=01/day=01/b.parquet'].map((object_key) => record({ object_key }));
    expect(await emitSparkPlan({ runId: 'r', layer: 'silver', table: 'review_flat', records }, uriOf)).toEqual({
      layer: 'silver', table: 'review_flat', partitions: 'TRUE',
      bronze: { beer: [`file:///lake/${records[0]!.object_key}`], review: [`file:///lake/${records[1]!.object_key}`] },
      summary: { 'dm.run-id': 'r', 'dm.control-ids': records.map((each) => each.control_id).join(',') },
    });
  });

  test('names the partitions of gold, null ones too, or all of it', async () => {
    const months = [{ review_year: 2010, review_month: 2 }, { review_year: null, review_month: null }];
    const plan = (records: ReturnType<typeof record>[]) => emitSparkPlan({ runId: 'r', layer: 'gold', table: 'top_drinkers', records }, uriOf);
    expect((await plan([record({ object_key: 'a', affected_partitions: months }), record({ object_key: 'b', affected_partitions: months.slice(0, 1) })])).partitions)
      .toBe('(`review_year` = 2010 AND `review_month` = 2) OR (`review_year` IS NULL AND `review_month` IS NULL)');
    expect((await plan([record({ object_key: 'a' })])).partitions).toBe('TRUE');
  });
});
