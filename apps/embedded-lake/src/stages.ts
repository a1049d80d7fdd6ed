import { isClaimable } from '@data-master/control-records';
import { registerRawObject, type RegisterPorts } from '@data-master/ingestion';
import type { Delivery, RunHistory } from '@data-master/embedded';
import type { JsonValue } from '@data-master/orchestration';
import { TransientError, type Ids, type LakeEvent, type Queue } from '@data-master/ports';
import type { Layer } from '@data-master/refinement';
import type { LakeModel } from '@data-master/table-contracts';
import { bindMachines, machineOf, type TaskPorts } from './lake-tasks.ts';
import { executeMachine } from './machine-runner.ts';
import type { LakeObserver } from './observer.ts';

/** The queues between the stages; a stage takes from its own and what it commits fills the next. */
export interface LakeQueues {
  objects: Queue<{ objectKey: string }>;
  bronze: Queue<{ controlId: string }>;
  silver: Queue<{ table: string }>;
  derived: Queue<{ table: string }>;
  gold: Queue<{ table: string }>;
}

export interface StagePorts extends TaskPorts {
  model: LakeModel;
  queues: LakeQueues;
  register: RegisterPorts;
  history: RunHistory;
  ids: Ids;
  /** Gives back the memory of bronze, unless it is in use, before silver and gold take theirs. */
  endIntake: () => Promise<void>;
}

/** What starts the state machines of a lake and does their tasks, seen by one observer. */
export interface Stages {
  /** Does the next piece of work of the earliest stage that has some; false when no stage has. */
  run(): Promise<boolean>;
  /** Does the next piece of work between raw and bronze; false when there is none. */
  runIntake(): Promise<boolean>;
  /** Does the next piece of work of silver or gold; false when there is none. May run beside `runIntake`. */
  runRefinement(): Promise<boolean>;
  /** Starts the machine of a layer for some tables, or all. */
  refine(layer: Layer, tables?: readonly string[]): Promise<void>;
}

const visibilityMs = 60 * 60_000;
const maxReceives = 5;
/** As many records as the pipe of the cloud gives to one execution. */
const ingestBatch = 10;
const tableBatch = 100;

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

/** Binds the state machines of a lake to the work of this process; ends early, what is under way finished, when `signal` says so. */
export function createStages(ports: StagePorts, observer: LakeObserver, signal?: AbortSignal): Stages {
  const { queues, register, ingest, history, ids, worker, endIntake } = ports;
  const failures = { bronze: 0, silver: 0, gold: 0 };
  const finished: LakeObserver['finished'] = (stage, table, outcome, record) => {
    if (outcome === 'failed') failures[stage] += 1;
    observer.finished(stage, table, outcome, record);
  };
  const bound = bindMachines(ports, { ...observer, finished });

  /** A machine that fails although no piece of work did was kept from working: that is an error of the call. */
  const execute = async (layer: 'bronze' | Layer, input: JsonValue): Promise<void> => {
    const machine = bound[machineOf[layer]];
    const executionId = `${worker}/${ids.next()}`;
    const before = failures[layer];
    const { status, error, taskError } = await executeMachine({ ...machine, executionId, input, history, signal });
    register.logger.log(status === 'failed' ? 'error' : 'info', `machine.${status}`, { machine: machine.machine, execution_id: executionId, ...(error && { error }) });
    if (status === 'failed' && failures[layer] === before) throw taskError ?? new TransientError(`${machine.machine} failed: ${error}; expected it to end; repeat it`);
  };

  const runRegister = async (): Promise<boolean> => {
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
  };

  const runIngest = async (): Promise<boolean> => {
    const messages = await queues.bronze.receive({ limit: ingestBatch, visibilityMs });
    const records = await Promise.all(messages.map(({ body }) => ingest.control.get(body.controlId)));
    const due = records.filter((record) => record && isClaimable(record, register.clock.now()));
    if (due.length > 0) await execute('bronze', due.map((record) => ({ control_id: record!.control_id, compute_target: record!.compute_target })));
    for (const { messageId } of messages) await (signal?.aborted ? queues.bronze.release(messageId, 0) : queues.bronze.acknowledge(messageId));
    return messages.length > 0;
  };

  /** Messages are acknowledged before plans are made, so that a record pending later sends a message of its own. */
  const runRefine = async (layer: Layer, queue: LakeQueues['silver']): Promise<boolean> => {
    const messages = await queue.receive({ limit: tableBatch, visibilityMs });
    for (const { messageId } of messages) await queue.acknowledge(messageId);
    if (messages.length === 0) return false;
    await execute(layer, { tables: [...new Set(messages.map(({ body }) => body.table))] });
    return true;
  };

  const runIntake = async (): Promise<boolean> => (await runRegister()) || runIngest();
  const runRefinement = async (): Promise<boolean> => (await runRefine('silver', queues.silver)) || (await runRefine('silver', queues.derived)) || runRefine('gold', queues.gold);
  return {
    runIntake,
    runRefinement,
    async run() {
      if (await runIntake()) return true;
      await endIntake();
      return runRefinement();
    },
    async refine(layer, tables) {
      await endIntake();
      await execute(layer, tables ? { tables: [...tables] } : {});
    },
  };
}
