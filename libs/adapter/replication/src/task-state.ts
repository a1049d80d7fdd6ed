import { z } from 'zod';
import { TerminalError, type ObjectStore } from '@data-master/ports';

const bigintText = z.string().regex(/^\d+$/).transform(BigInt);
/** A range of a relation, by pages or by keys; without an end it goes to the last. */
const part = z.object({ partId: z.string(), relation: z.string(), from: z.string().optional(), to: z.string().optional(), filenode: z.string().optional() });
const tableState = z.object({
  /** Position that its loaded rows are stamped with: all changes after it come through the log. */
  position: z.string(),
  loadedMicros: bigintText,
  parts: z.array(part),
  doneParts: z.array(z.string()),
});
const stateSchema = z.object({
  /** Identity of the source, which a restored or foreign database does not have. */
  source: z.string(),
  /** Position up to which everything is durable, as the source writes it. */
  position: z.string(),
  /** Latest commit time that went out: time does not go backwards for the target, whatever the source's clock does. */
  commitMicros: bigintText,
  tables: z.record(z.string(), tableState),
});

export type LoadPartState = z.infer<typeof part>;
export type TableState = z.infer<typeof tableState>;
export type TaskState = z.infer<typeof stateSchema>;

/** What a task remembers between runs, as one object in a store. */
export interface TaskStateStore {
  read: () => Promise<TaskState | undefined>;
  /** Writes the state whole; calls are in order, and those that wait are written as one. */
  write: (state: TaskState) => Promise<void>;
}

export function createTaskStateStore(store: ObjectStore, task: string): TaskStateStore {
  const key = `replication/${task}/state.json`;
  let writing: Promise<void> = Promise.resolve();
  let next: { text: string; done: Promise<void> } | undefined;
  return {
    async read() {
      if (!(await store.head(key))) return undefined;
      const chunks: Uint8Array[] = [];
      for await (const chunk of store.read(key)) chunks.push(chunk);
      const result = stateSchema.safeParse(JSON.parse(Buffer.concat(chunks).toString()));
      if (!result.success) throw new TerminalError(`the state ${key} of the replication cannot be read: ${z.prettifyError(result.error)}; expected what this version wrote; remove it to begin anew`);
      return result.data;
    },
    async write(state) {
      const text = JSON.stringify(state, (_name, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
      if (next) {
        next.text = text;
        return next.done;
      }
      const mine = { text, done: Promise.resolve() };
      next = mine;
      mine.done = writing.catch(() => undefined).then(async () => {
        next = undefined;
        await store.write(key, Buffer.from(mine.text));
      });
      writing = mine.done;
      return mine.done;
    },
  };
}
