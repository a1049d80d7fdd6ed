import { join } from 'node:path';
import { fileUri } from '@data-master/embedded';
import type { LocalFiles, Logger, ObjectStore, QueryEngine } from '@data-master/ports';
import { emitSparkJobs, emitSparkPlan, type LakeTables, type RefinementEngine } from '@data-master/refinement';
import { folderSettings, prepareSpark, submitSparkJob, writeJobPackage, type SparkInstallation } from '@data-master/spark';
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

/** Silver and gold by spark-submit on this machine: the package that the cloud runs, on a plan written as an object. */
export function createSparkEngine(ports: SparkEnginePorts): RefinementEngine {
  const { model, tables, query, files, store, logger, datalake, memoryMb, threads } = ports;
  let prepared: Promise<{ installation: SparkInstallation; jobs: string }> | undefined;
  const prepare = async () => {
    await query.session(async (session) => {
      for (const table of lakeTables(model)) await tables.open(table, session);
    });
    return { installation: await prepareSpark(), jobs: await writeJobPackage(emitSparkJobs(model), ports.jobs) };
  };
  return {
    name: 'spark',
    async apply(plan) {
      const { installation, jobs } = await (prepared ??= prepare());
      const planKey = `plans/${plan.layer}/${plan.table}/${plan.runId}.json`;
      await store.write(planKey, Buffer.from(JSON.stringify(await emitSparkPlan(plan, async (key) => fileUri(await files.path(key))))));
      logger.log('info', 'spark.submitted', { layer: plan.layer, table: plan.table, plan: planKey });
      await submitSparkJob(
        { installation, jobs, settings: folderSettings(fileUri(datalake)), memoryMb, threads },
        { layer: plan.layer, table: plan.table, plan: fileUri(join(datalake, planKey)) },
      );
    },
  };
}
