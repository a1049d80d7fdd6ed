import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runNode, runProgram } from '../harness/child-process.ts';
import { spreadOf } from '../harness/statistics.ts';
import type { GenerateEventsOptions } from '../programs/generate-events.ts';
import type { ValidateEventsOptions } from '../programs/validate-events.ts';
import { rows, seconds, type Measure } from './context.ts';

interface SendReport {
  written: number;
  refused: number;
  tables: { layer: string; table: string; rows: number }[];
}

const commandLine = fileURLToPath(new URL('../../../cli/src/main.ts', import.meta.url));
const schemas = fileURLToPath(new URL('../../../../schemas', import.meta.url));

/** Events against their schema, then from a file through queues, Avro and bronze to silver. */
export const measureEvents: Measure = async ({ sizes, folder, target, say }) => {
  const file = join(folder, 'events.ndjson');
  say(`events: writing ${rows(sizes.events)} events`);
  await runProgram<GenerateEventsOptions, unknown>('generate-events', { file, events: sizes.events });

  say('events: validating');
  const { result } = await runProgram<ValidateEventsOptions, { valid: number; runsMs: number[] }>('validate-events', { file, runs: sizes.runs });
  if (result.valid !== sizes.events) throw new Error(`${result.valid} events are valid; expected ${sizes.events}`);
  const perSecond = spreadOf(result.runsMs.map((ms) => sizes.events / (ms / 1000)));

  say('events: file → queues → raw → bronze → silver');
  const sent = await runNode(commandLine, ['events', 'send', file, '--schemas', schemas, '--home', join(folder, 'home'), '--json'], { DM_KEYS: join(folder, 'keys') });
  expectWhole(JSON.parse(sent.stdout.trimEnd().split('\n').at(-1) ?? '') as SendReport, sizes.events);
  return [
    { id: 'events.validated', what: 'events validated', unit: '/s', value: perSecond.median, spread: perSecond, ...target(50_000), atLeast: true, note: `${rows(sizes.events)} events, one thread, texts in memory` },
    { id: 'events.wholeWay', what: 'events from a file to silver, time', unit: 's', value: sent.wallMs / 1000, note: `${rows(sizes.events)} events in one process, ${seconds(sent.cpuMs)} of processor` },
    { id: 'events.peakRss', what: 'events from a file to silver, peak memory', unit: 'MB', value: sent.peakRssMb, note: 'of the same run' },
  ];
};

function expectWhole({ written, refused, tables }: SendReport, events: number): void {
  const silver = tables.find(({ layer, table }) => layer === 'silver' && table === 'review_posted')?.rows;
  if (written !== events || refused > 0 || silver !== events) throw new Error(`${written} events are in raw, ${refused} refused, ${silver} in silver; expected ${events}, 0 and ${events}`);
}
