import type { ControlRecord } from '@data-master/control-records';
import { parseRawKey } from '@data-master/medallion-paths';
import type { AgentEvent } from '../sources/agent.ts';
import { formatCell, formatTable } from './text-table.ts';

/** Shows changes as they arrive: a table that is redrawn on a terminal, a line for each stir elsewhere. */
export interface ChangesDisplay {
  /** Something that an agent logged. */
  tell: (source: string, event: AgentEvent) => void;
  /** Rows came to bronze. */
  arrived: (record: ControlRecord) => void;
  /** A line of its own, above the table. */
  say: (text: string) => void;
  close: () => void;
}

interface TableCounts {
  loaded: number;
  insert: number;
  update: number;
  delete: number;
  /** Rows of changes in bronze. */
  bronze: number;
  /** How long the latest of them took from its commit. */
  delayMs: number | null;
  /** Writes that are not in bronze: rows of changes up to and with each, and when its latest was committed. */
  waiting: { changes: number; committedAt: number }[];
}

const redrawMs = 250;
const tellMs = 1_000;
const kinds = ['insert', 'update', 'delete'] as const;

export function createChangesDisplay(stream: NodeJS.WriteStream, now: () => number = Date.now): ChangesDisplay {
  const tables = new Map<string, TableCounts>();
  const told = new Map<string, string>();
  const states = new Map<string, string>();
  let drawnLines = 0;
  let isStirred = false;

  const countsOf = (table: string): TableCounts => {
    const counts = tables.get(table) ?? { loaded: 0, insert: 0, update: 0, delete: 0, bronze: 0, delayMs: null, waiting: [] };
    tables.set(table, counts);
    return counts;
  };
  const clear = (): void => {
    if (drawnLines > 0) stream.write(`\u001B[${drawnLines}A\u001B[J`);
    drawnLines = 0;
  };
  const drawTable = (): void => {
    clear();
    const rows = [...tables].sort(([a], [b]) => (a < b ? -1 : 1)).map(([table, { loaded, insert, update, delete: deleted, bronze, delayMs }]) => ({
      table, loaded, inserts: insert, updates: update, deletes: deleted, 'changes in bronze': bronze, 'commit → bronze': delayMs === null ? '' : formatDelay(delayMs),
    }));
    const text = [...[...states].map(([source, state]) => `${source}: ${state}`), ...(rows.length > 0 ? formatTable(rows).split('\n') : [])];
    stream.write(`${text.join('\n')}\n`);
    drawnLines = text.length;
  };
  const tellChanges = (): void => {
    for (const [table, counts] of tables) {
      const line = formatCounts(counts);
      if (told.get(table) === line) continue;
      told.set(table, line);
      stream.write(`${table.padEnd(12)} ${line}\n`);
    }
  };
  const show = (): void => {
    if (!isStirred) return;
    isStirred = false;
    if (stream.isTTY) drawTable();
    else tellChanges();
  };
  const timer = setInterval(show, stream.isTTY ? redrawMs : tellMs);
  const say = (text: string): void => {
    clear();
    stream.write(`${text}\n`);
    isStirred = true;
    if (stream.isTTY) show();
  };

  return {
    say,
    tell(source, event) {
      const state = stateOf(event);
      if (state !== undefined && states.get(source) !== state) {
        states.set(source, state);
        if (!stream.isTTY) stream.write(`${source}: ${state}\n`);
        isStirred = true;
      }
      if (event.event === 'load.part') countsOf(String(event['lake_table'])).loaded += Number(event['rows']);
      else if (event.event === 'changes.written') {
        const counts = countsOf(String(event['table']));
        counts.loaded += Number(event['load']);
        for (const kind of kinds) counts[kind] += Number(event[kind]);
        counts.waiting.push({ changes: changesOf(counts), committedAt: Date.parse(String(event['committed_at'])) });
      } else return;
      isStirred = true;
    },
    arrived({ table_name: table, object_key: key, record_count: rows, rejected_count: rejected }) {
      const counts = tables.get(table);
      if (!counts || parseRawKey(key)?.way !== 'stream') return;
      counts.bronze += rows + (rejected ?? 0);
      while (counts.waiting[0] && counts.waiting[0].changes <= counts.bronze) counts.delayMs = Math.max(0, now() - counts.waiting.shift()!.committedAt);
      isStirred = true;
    },
    close() {
      clearInterval(timer);
      show();
    },
  };
}

const changesOf = (counts: TableCounts): number => counts.insert + counts.update + counts.delete;

function formatCounts(counts: TableCounts): string {
  const { loaded, bronze, delayMs } = counts;
  return `${formatCell(loaded)} loaded, ${kinds.map((kind) => `${formatCell(counts[kind])} ${kind}s`).join(', ')}; ${formatCell(bronze)} changes in bronze${delayMs === null ? '' : `, ${formatDelay(delayMs)} after their commit`}`;
}

const formatDelay = (delayMs: number): string => `${(delayMs / 1_000).toFixed(1)} s`;

/** What an event says of the state of its agent; undefined when nothing. */
function stateOf({ event, error, reason }: AgentEvent): string | undefined {
  switch (event) {
    case 'replication.planned': return 'loading';
    case 'replication.streaming': return 'following changes';
    case 'replication.retry': return `waiting: ${String(error)}`;
    case 'agent.failed': return `begun anew soon: ${String(reason)}`;
    default: return undefined;
  }
}
