import { join } from 'node:path';
import { fileUri } from '@data-master/embedded';
import type { LocalFiles, Logger, ObjectStore, QueryEngine } from '@data-master/ports';
import { emitSparkJobs, emitSparkPlan, type LakeTables, type RefinementEngine } from '@data-master/refinement';
import { folderSettings, prepareSpark, startSparkDriver, writeJobPackage, type SparkDriver } from '@data-master/spark';
import { lakeTables, type LakeModel } from '@data-master/table-contracts';

export interface SparkEnginePorts {
  model: LakeModel;
  tables: LakeTables;
  query: QueryEngine;
  files: LocalFiles;
  store: ObjectStore;
  logger: Logger;
  /** Folder of the lake's tables. */
  datalake: string;
  /** Folder for the packaged jobs. */
  jobs: string;
  memoryMb: number;
  threads: number;
}

export interface SparkEngine extends RefinementEngine {
  close(): Promise<void>;
}

/** Silver and gold by spark-submit on this machine: the package that the cloud runs, on plans written as objects. */
export function createSparkEngine(ports: SparkEnginePorts): SparkEngine {
  const { model, tables, query, files, store, logger, datalake, memoryMb, threads } = ports;
  let started: Promise<SparkDriver> | undefined;
  const start = async (): Promise<SparkDriver> => {
    await query.session(async (session) => {
      for (const table of lakeTables(model)) await tables.open(table, session);
    });
    const jobs = await writeJobPackage(emitSparkJobs(model), ports.jobs);
    return startSparkDriver({ installation: await prepareSpark(), jobs, settings: folderSettings(fileUri(datalake)), memoryMb, threads });
  };
  const close = async (): Promise<void> => {
    const driver = started;
    started = undefined;
    await (await driver?.catch(() => undefined))?.close();
  };
  return {
    name: 'spark',
    async apply(plan) {
      const driver = await (started ??= start());
      const planKey = `plans/${plan.layer}/${plan.table}/${plan.runId}.json`;
      await store.write(planKey, Buffer.from(JSON.stringify(await emitSparkPlan(plan, async (key) => fileUri(await files.path(key))))));
      logger.log('info', 'spark.submitted', { layer: plan.layer, table: plan.table, plan: planKey });
      try {
        await driver.run({ layer: plan.layer, table: plan.table, plan: fileUri(join(datalake, planKey)) });
      } catch (error) {
        await close();
        throw error;
      }
    },
    close,
  };
}
