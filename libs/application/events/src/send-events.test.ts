import { expect, it } from '@jest/globals';
import { collect, createManualClock, createMemoryObjectStore, createMemoryQueue } from '@data-master/testing';
import { eventQuarantine, maxEventBytes, sendEvents, splitEvents, type DeadEvent } from './index.ts';

function makeParts() {
  const clock = createManualClock();
  return { clock, raw: createMemoryQueue<string>(clock), dead: createMemoryQueue<DeadEvent>(clock), quarantine: createMemoryObjectStore() };
}
async function* file(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

it('puts each event on the queue as it is, and once however often the file is sent', async () => {
  const parts = makeParts();
  for (let turn = 0; turn < 2; turn++) expect(await sendEvents(splitEvents(file('{"a": 1}\n\n{"a":"é"}\n')), 'f', parts)).toEqual({ sent: 2, refused: [] });
  expect((await parts.raw.receive({ limit: 9, visibilityMs: 1 })).map(({ body }) => body)).toEqual(['{"a": 1}', '{"a":"é"}']);
});

it('puts what no queue of texts holds into quarantine, and on the dead-letter queue, once', async () => {
  const parts = makeParts();
  const send = () => sendEvents(splitEvents(file('{}\n', Buffer.of(0x22, 0xff, 0x22, 10), Buffer.alloc(10 * maxEventBytes, 'x'))), 'f.ndjson', parts);
  await send();
  const { sent, refused } = await send();
  expect(sent).toBe(1);
  expect(refused.map(({ line, violation }) => [line, violation.rule])).toEqual([[2, 'encoding'], [3, 'size']]);
  expect(await parts.dead.size()).toEqual({ waiting: 2, rejected: 0 });
  const quarantined = await collect(parts.quarantine.list(eventQuarantine));
  const reasons = await Promise.all(quarantined.map(async ({ key }) => (JSON.parse(Buffer.concat(await collect(parts.quarantine.read(key))).toString()) as { violations: { actual: string }[] }).violations[0]!.actual));
  expect(reasons.sort()).toEqual([`${10 * maxEventBytes} bytes (line 3 of f.ndjson)`, '3 bytes that are no UTF-8 (line 2 of f.ndjson)']);
});
