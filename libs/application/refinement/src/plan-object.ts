import { controlRecordSchema } from '@data-master/control-records';
import { TerminalError, type ControlStore, type ObjectStore } from '@data-master/ports';
import { z } from 'zod';
import type { EngineName } from './apply-plan.ts';
import type { RefinementPlan } from './refinement-plan.ts';
import { emitSparkPlan } from './spark-plan.ts';

/** A plan as an object of the store: what the Spark driver reads, and what a worker and the settling read. */
export const planObjectSchema = z.strictObject({
  run_id: z.string().min(1),
  layer: z.enum(['silver', 'gold']),
  table: z.string().min(1),
  engine: z.enum(['duckdb', 'spark']),
  /** URIs of bronze files by the table whose rows they hold. */
  bronze: z.record(z.string(), z.array(z.string())),
  /** Condition of the rows that gold recomputes and replaces. */
  partitions: z.string(),
  /** Properties of the snapshot that the run commits. */
  summary: z.record(z.string(), z.string()),
  /** The records as they were claimed. */
  records: z.array(controlRecordSchema).min(1),
});

/** Key of a plan: `plans/<layer>/<table>/<run id>.json`. */
export const planKeyOf = ({ layer, table, runId }: Pick<RefinementPlan, 'layer' | 'table' | 'runId'>): string => `plans/${layer}/${table}/${runId}.json`;

/** Writes a plan and returns its key; `uriOf` gives the URI under which Spark reads an object. */
export async function writePlan(plan: RefinementPlan, engine: EngineName, { store, uriOf }: { store: ObjectStore; uriOf: (key: string) => Promise<string> }): Promise<string> {
  const object: z.infer<typeof planObjectSchema> = { run_id: plan.runId, engine, ...(await emitSparkPlan(plan, uriOf)), records: plan.records };
  const key = planKeyOf(plan);
  await store.write(key, Buffer.from(JSON.stringify(object)));
  return key;
}

/** Reads a plan; what is no plan is a TerminalError. */
export async function readPlan(planKey: string, store: ObjectStore): Promise<RefinementPlan> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of store.read(planKey)) chunks.push(chunk);
  const { success, data, error } = planObjectSchema.safeParse(parseJson(Buffer.concat(chunks).toString('utf8')));
  if (!success) throw new TerminalError(`object ${planKey} is no plan (${z.prettifyError(error)}); expected what planTable wrote; plan the table again`);
  return { runId: data.run_id, layer: data.layer, table: data.table, records: data.records };
}

/** The records of a plan as they are now, in its order; undefined for one that is gone. */
export async function currentRecords(plan: RefinementPlan, control: ControlStore) {
  const records = [];
  for (let start = 0; start < plan.records.length; start += readAtOnce) {
    records.push(...await Promise.all(plan.records.slice(start, start + readAtOnce).map(({ control_id }) => control.get(control_id))));
  }
  return records;
}

/** The plan with the records that nobody changed since it claimed them. */
export async function heldPlan(plan: RefinementPlan, control: ControlStore): Promise<RefinementPlan> {
  const current = await currentRecords(plan, control);
  return { ...plan, records: plan.records.filter((record, index) => current[index]?.version === record.version) };
}

const readAtOnce = 25;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
