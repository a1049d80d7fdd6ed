import { setTimeout as delay } from 'node:timers/promises';
import { TransientError } from '@data-master/ports';

/** Why a service refused one record of a call. */
export interface Refusal {
  code: string;
  message: string;
}

export interface PutOptions<Item> {
  /** What is done, for messages: `writing to stream changes`. */
  action: string;
  /** The most that one call takes. */
  limits: { records: number; bytes: number };
  sizeOf: (record: Item) => number;
  /** One call; undefined for each record that was taken. */
  put: (records: Item[]) => Promise<(Refusal | undefined)[]>;
  /** What is put again after a call, `refused` being its indexes that were refused. */
  repeat: (records: Item[], refused: number[]) => Item[];
  /** Waits between two calls with the same records. */
  wait?: (ms: number) => Promise<unknown>;
}

const attemptsWithoutProgress = 8;
const firstWaitMs = 100;
const longestWaitMs = 5_000;

/**
 * Puts all records by calls in their order, what was refused again after a wait that grows up to 5 s; TransientError when
 * eight calls in a row got nowhere. No record is larger than a call takes.
 */
export async function putRecords<Item>(records: readonly Item[], { action, limits, sizeOf, put, repeat, wait = delay }: PutOptions<Item>): Promise<void> {
  for (const call of cutCalls(records, limits, sizeOf)) {
    let left = call;
    for (let attempt = 1; left.length > 0; attempt += 1) {
      const refusals = await put(left);
      const refused = refusals.flatMap((refusal, index) => (refusal ? [index] : []));
      if (refused.length === 0) break;
      const next = repeat(left, refused);
      if (next.length < left.length) attempt = 1;
      if (attempt === attemptsWithoutProgress) throw new TransientError(`${action}: ${refused.length} of ${left.length} records were refused ${attempt} times in a row (${describe(refusals[refused[0]!]!)}); expected all to be taken; put them again later, or raise the capacity`);
      left = next;
      await wait(Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1)));
    }
  }
}

const describe = ({ code, message }: Refusal): string => `${code}: ${message}`;

function* cutCalls<Item>(records: readonly Item[], limits: PutOptions<Item>['limits'], sizeOf: (record: Item) => number): Generator<Item[]> {
  let call: Item[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = sizeOf(record);
    if (call.length === limits.records || (call.length > 0 && bytes + size > limits.bytes)) {
      yield call;
      call = [];
      bytes = 0;
    }
    call.push(record);
    bytes += size;
  }
  if (call.length > 0) yield call;
}
