import { ingestRawObject, registerRawObject, type IngestPorts, type RegisterPorts } from '@data-master/ingestion';
import type { Delivery } from '@data-master/embedded';
import { TransientError, type LakeEvent, type Queue } from '@data-master/ports';
import { refineTable, type Layer, type RefinePorts } from '@data-master/refinement';
import type { LakeModel } from '@data-master/table-contracts';
import type { LakeObserver } from './observer.ts';

/** The queues between the stages; a stage takes from its own and what it commits fills the next. */
export interface LakeQueues {
  objects: Queue<{ objectKey: string }>;
  bronze: Queue<{ controlId: string }>;
  silver: Queue<{ table: string }>;
  derived: Queue<{ table: string }>;
  gold: Queue<{ table: string }>;
}

export interface StagePorts {
  model: LakeModel;
  queues: LakeQueues;
  register: RegisterPorts;
  ingest: IngestPorts;
  refine: RefinePorts;
  /** Gives back the memory of bronze before silver and gold take theirs. */
  endIntake: () => Promise<void>;
  /** Who claims records in this process. */
  worker: string;
  observer: LakeObserver;
}

const visibilityMs = 60 * 60_000;
const maxReceives = 5;

/** The queue and message that each event becomes. */
export function routeEvent(event: LakeEvent, { model, register: { clock } }: Pick<StagePorts, 'model' | 'register'>): Delivery[] {
  if (event.type === 'object.created') return [{ queue: 'objects', messageId: event.objectKey, body: { objectKey: event.objectKey } }];
  const { record } = event;
  const delayMs = Math.max(0, Date.parse(record.available_at) - clock.now().getTime());
  if (record.schema_name === 'dm_bronze') return [{ queue: 'bronze', messageId: event.id, body: { controlId: record.control_id }, delayMs }];
  const isDerived = model.derived.some((table) => table.name === record.table_name);
  const queue: keyof LakeQueues = record.schema_name === 'dm_gold' ? 'gold' : isDerived ? 'derived' : 'silver';
  return [{ queue, messageId: delayMs > 0 ? event.id : record.table_name, body: { table: record.table_name }, delayMs }];
}

/** Does the next piece of work of the earliest stage that has some; false when no stage has. */
export async function runStage(ports: StagePorts): Promise<boolean> {
  return (await runIntake(ports)) || (await runRefine('silver', ports.queues.silver, ports))
    || (await runRefine('silver', ports.queues.derived, ports)) || runRefine('gold', ports.queues.gold, ports);
}

/** Does the next piece of work between raw and bronze; false when there is none. */
export async function runIntake(ports: StagePorts): Promise<boolean> {
  return (await runRegister(ports)) || runIngest(ports);
}

async function runRegister({ queues, register }: StagePorts): Promise<boolean> {
  const messages = await queues.objects.receive({ limit: 50, visibilityMs });
  for (const { messageId, body, receiveCount } of messages) {
    try {
      await registerRawObject(body.objectKey, register);
      await queues.objects.acknowledge(messageId);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      register.logger.log('error', 'raw.register_failed', { object_key: body.objectKey, error: reason, attempt: receiveCount });
      if (error instanceof TransientError || receiveCount < maxReceives) await queues.objects.release(messageId, 1_000 * 2 ** Math.min(receiveCount, 6));
      else await queues.objects.reject(messageId, reason);
    }
  }
  return messages.length > 0;
}

async function runIngest({ queues, ingest, worker, observer }: StagePorts): Promise<boolean> {
  const [message] = await queues.bronze.receive({ limit: 1, visibilityMs });
  if (!message) return false;
  const record = await ingest.control.get(message.body.controlId);
  if (record) observer.started('bronze', record.table_name, record.object_key);
  const outcome = await ingestRawObject(
    { controlId: message.body.controlId, worker, onProgress: (readBytes, totalBytes) => observer.progressed('bronze', record?.table_name ?? '', readBytes, totalBytes) }, ingest);
  if (record) observer.finished('bronze', record.table_name, outcome, (await ingest.control.get(record.control_id)) ?? record);
  await queues.bronze.acknowledge(message.messageId);
  return true;
}

/** The message is acknowledged before the plan is made, so that a record pending later sends a message of its own. */
async function runRefine(layer: Layer, queue: LakeQueues['silver'], { refine, worker, observer, endIntake }: StagePorts): Promise<boolean> {
  const [message] = await queue.receive({ limit: 1, visibilityMs });
  if (!message) return false;
  await queue.acknowledge(message.messageId);
  await endIntake();
  const { table } = message.body;
  observer.started(layer, table);
  observer.finished(layer, table, await refineTable({ layer, table, worker }, refine));
  return true;
}
