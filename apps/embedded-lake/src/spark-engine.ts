import { fileUri } from '@data-master/embedded';
import type { Logger, ObjectStore, QueryEngine } from '@data-master/ports';
import { emitSparkJobs, writePlan, type LakeTables, type RefinementEngine } from '@data-master/refinement';
import { folderSettings, prepareSpark, startSparkDriver, writeJobPackage, type SparkDriver, type SparkRun } from '@data-master/spark';
import { lakeTables, type LakeModel } from '@data-master/table-contracts';

export interface SparkEnginePorts {
  model: LakeModel;
  tables: LakeTables;
  query: QueryEngine;
  store: ObjectStore;
  /** The URI under which Spark reads an object. */
  uriOf: (key: string) => Promise<string>;
  logger: Logger;
  /** Folder of the lake's tables. */
  datalake: string;
  /** Folder for the packaged jobs. */
  jobs: string;
  memoryMb: number;
  threads: number;
}

/** Runs of Spark, one at a time. */
export interface SparkEngine extends RefinementEngine {
  /** Runs the job of a table on a written plan. */
  run(job: SparkRun): Promise<void>;
  close(): Promise<void>;
}

/** Silver and gold by spark-submit on this machine: the package that the cloud runs; its driver stays up between runs. */
export function createSparkEngine({ model, tables, query, store, uriOf, logger, datalake, jobs, memoryMb, threads }: SparkEnginePorts): SparkEngine {
  let started: Promise<SparkDriver> | undefined;
  const start = async (): Promise<SparkDriver> => {
    await query.session(async (session) => {
      for (const table of lakeTables(model)) await tables.open(table, session);
    });
    const jobPackage = await writeJobPackage(emitSparkJobs(model), jobs);
    return startSparkDriver({ installation: await prepareSpark(), jobs: jobPackage, settings: folderSettings(fileUri(datalake)), memoryMb, threads });
  };
  const close = async (): Promise<void> => {
    const driver = started;
    started = undefined;
    await (await driver?.catch(() => undefined))?.close();
  };
  const run = async (job: SparkRun): Promise<void> => {
    const driver = await (started ??= start());
    logger.log('info', 'spark.submitted', { ...job });
    try {
      await driver.run(job);
    } catch (error) {
      await close();
      throw error;
    }
  };
  return {
    name: 'spark',
    async apply(plan) {
      const planKey = await writePlan({ ...plan, runId: `${plan.runId}-part` }, 'spark', { store, uriOf });
      await run({ layer: plan.layer, table: plan.table, plan: await uriOf(planKey) });
      await store.remove(planKey);
    },
    run,
    close,
  };
}
