import { LakeError, TerminalError, TransientError } from '@data-master/ports';

/** What Kafka's error codes say that waiting does not mend. */
const terminalCodes: Record<number, string> = {
  29: 'allow the user READ and DESCRIBE on the topics',
  30: 'allow the user READ and DESCRIBE on the group of the task',
  31: 'allow the user DESCRIBE on the cluster',
  58: 'correct user, password or mechanism of the source',
};

/** What an error of Kafka or of the connection means for a replication: wait and connect again, or give up. */
export function asLakeError(error: unknown): LakeError {
  if (error instanceof LakeError) return error;
  const causes = [...chain(error)];
  const message = causes.map((each) => each.message).filter((each, index, all) => each && all.indexOf(each) === index).join(': ') || 'no connection';
  const refused = causes.find(({ apiCode }) => apiCode !== undefined && Object.hasOwn(terminalCodes, apiCode));
  if (refused) return new TerminalError(`the source refuses: ${message}; expected to be served; ${terminalCodes[refused.apiCode!]}`);
  if (causes.some(({ code }) => code === 'PLT_KFK_AUTHENTICATION')) return new TerminalError(`the source refuses: ${message}; expected to be served; ${terminalCodes[58]}`);
  return new TransientError(`the source is not reached: ${message}; expected an answer; it is tried again`);
}

interface KafkaError { message: string; code?: string; apiCode?: number; cause?: unknown; errors?: unknown[] }

function* chain(error: unknown): Generator<KafkaError> {
  if (typeof error !== 'object' || error === null) return;
  const own = error as KafkaError;
  yield own;
  for (const each of own.errors ?? []) yield* chain(each);
  yield* chain(own.cause);
}

/** A topic does not hold what comes next for the task. */
export function lostRecords(topic: string, partition: number, next: bigint, held: { earliest: bigint; latest: bigint }, task: string): TerminalError {
  return new TerminalError(`topic ${topic} partition ${partition} holds offsets ${held.earliest} to ${held.latest}; expected it to hold ${next}, where task ${task} goes on: the changes between cannot be had; fill the topic anew and remove the state of the task, and raise retention.ms and retention.bytes`);
}
