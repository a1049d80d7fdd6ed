import type { Socket } from 'node:net';
import ZongJi, { type BinlogEvent } from '@vlasky/zongji';
import { formatBinlogPosition } from '@data-master/change-events';
import type { Logger, ReplicationTask } from '@data-master/ports';
import type { ChangeEmitter, PlannedTable } from '../change-emitter.ts';
import { planRows, type SourceColumn } from '../row-plan.ts';
import { plainValues, type MariaDbConnection } from './connection.ts';
import { kindOfType, textOf, type MariaDbTable } from './source-catalog.ts';

/** A place in the binary log: its file and the offset in it. */
export interface BinlogPlace {
  file: string;
  offset: number;
}

/** Inverse of `parsePlace`. */
export const formatPlace = ({ file, offset }: BinlogPlace): string => `${file}:${offset}`;
export function parsePlace(text: string): BinlogPlace {
  const colon = text.lastIndexOf(':');
  return { file: text.slice(0, colon), offset: Number(text.slice(colon + 1)) };
}

/** The place of a transaction, to which the numbers of its changes are appended. */
export function positionHead({ file, offset }: BinlogPlace): string {
  const number = /\.(\d+)$/.exec(file)?.[1];
  return formatBinlogPosition(Number(number ?? 0), offset, 0).slice(0, -20);
}

export interface BinlogStreamOptions {
  connection: MariaDbConnection;
  serverId: number;
  from: BinlogPlace;
  tables: readonly MariaDbTable[];
  task: ReplicationTask;
  emitter: ChangeEmitter;
}

export interface BinlogStream {
  pause: () => void;
  resume: () => void;
  ended: Promise<never>;
  close: () => Promise<void>;
}

type Row = Record<string, unknown>;
interface KnownTable {
  columns: { name: string; type: string }[];
  planned: PlannedTable | undefined;
}
/** What the events hold that are looked at. */
type Told = BinlogEvent & {
  binlogName?: string; query?: string; standalone?: boolean; schema?: string; tableId: number; schemaName: string; tableName: string;
  rows: Row[]; tableMap: Record<number, { parentSchema: string; tableName: string; columnSchemas: { COLUMN_NAME: string; COLUMN_TYPE: string }[] }>;
};

/** Reads the binary log from a place and hands what it tells to an emitter. */
export async function openBinlogStream({ connection, serverId, from, tables, task, emitter }: BinlogStreamOptions): Promise<BinlogStream> {
  const ending = Promise.withResolvers<never>();
  ending.promise.catch(() => undefined);
  const zongji = new ZongJi({ ...connection, ...plainValues });
  const read = createBinlogReader(from, tables, task, emitter);
  const started = Promise.withResolvers<void>();
  let isClosing = false;
  zongji.on('error', (error: Error) => { if (!isClosing) ending.reject(error); });
  zongji.on('ready', () => {
    started.resolve();
    const stream = wireOf(zongji)?.stream;
    stream?.once('close', () => ending.reject(new Error('the source closed the stream of changes')));
  });
  zongji.on('binlog', (event: BinlogEvent) => {
    if (isClosing) return;
    try {
      read(event as Told);
    } catch (error) {
      ending.reject(error);
    }
  });
  const schemas: Record<string, string[]> = {};
  for (const { schema, table } of tables) (schemas[schema] ??= []).push(table);
  zongji.start({ serverId, filename: from.file, position: from.offset, includeSchema: schemas });
  const close = (): Promise<void> => new Promise((resolve) => {
    isClosing = true;
    zongji.once('stopped', () => resolve());
    zongji.stop();
  });
  try {
    await Promise.race([started.promise, ending.promise]);
  } catch (error) {
    await close();
    throw error;
  }
  return { pause: () => wireOf(zongji)?.pause(), resume: () => wireOf(zongji)?.resume(), ended: ending.promise, close };
}

/** The connection of the log, which the package has and does not describe. */
function wireOf(zongji: ZongJi): { stream: Socket; pause: () => void; resume: () => void } | undefined {
  return (zongji as unknown as { connection?: ReturnType<typeof wireOf> }).connection;
}

function createBinlogReader(from: BinlogPlace, catalog: readonly MariaDbTable[], task: ReplicationTask, emitter: ChangeEmitter): (event: Told) => void {
  const known = new Map<number, KnownTable>();
  let place = from;
  const commit = (event: Told): void => {
    if (event.nextPosition > 0) place = { ...place, offset: event.nextPosition };
    if (emitter.isInTransaction()) emitter.commit(formatPlace(place));
  };
  const tableOf = (event: Told): KnownTable | undefined => {
    const map = event.tableMap[event.tableId];
    return map && known.get(event.tableId);
  };
  const texts = ({ columns }: KnownTable, row: Row): (string | null | undefined)[] => columns.map(({ name, type }) => (name in row ? textOf(row[name], type) : undefined));

  return (event) => {
    switch (event.getEventName()) {
      case 'rotate':
        place = { file: event.binlogName!, offset: (event as Told & { position: number }).position };
        return;
      case 'mariadbgtid':
        if (event.nextPosition > 0) place = { ...place, offset: event.nextPosition };
        if (event.standalone !== true) emitter.begin(BigInt(event.timestamp) * 1000n, event.gtid ?? '', positionHead(place));
        return;
      case 'tablemap': {
        nameLogicalTypes(event, catalog);
        const columns = event.tableMap[event.tableId]?.columnSchemas.map(({ COLUMN_NAME: name, COLUMN_TYPE: type }) => ({ name, type: /^\w*/.exec(type.toLowerCase())![0] })) ?? [];
        known.set(event.tableId, planTable(event, columns, known.get(event.tableId), catalog, task, emitter));
        return;
      }
      case 'writerows': {
        const table = tableOf(event);
        if (table) for (const row of event.rows) emitter.insert(table.planned, texts(table, row));
        return;
      }
      case 'updaterows': {
        const table = tableOf(event);
        if (table) for (const { before, after } of event.rows as unknown as { before: Row; after: Row }[]) emitter.update(table.planned, texts(table, after), texts(table, before), false);
        return;
      }
      case 'deleterows': {
        const table = tableOf(event);
        if (table) for (const row of event.rows) emitter.delete(table.planned, texts(table, row), false);
        return;
      }
      case 'xid':
        return commit(event);
      case 'query': {
        const statement = event.query!.trim();
        const truncated = /^TRUNCATE\s+(?:TABLE\s+)?(?:`?([^`.\s]+)`?\.)?`?([^`\s;]+)`?/i.exec(statement);
        if (truncated) tellTruncated(truncated[1] ?? event.schema ?? '', truncated[2] ?? '', event);
        if (!/^(?:BEGIN|SAVEPOINT)/i.test(statement)) commit(event);
        return;
      }
      default:
    }
  };

  function tellTruncated(schema: string, table: string, event: Told): void {
    const shape = catalog.find((each) => each.schema === schema && each.table === table);
    const plan = shape && planRows(shape, task.mapping, task.contract);
    if (!plan) return;
    task.logger.log('error', 'source.table_truncated', { table: plan.tableName, remedy: 'its rows stay in the lake: delete them at the source row by row, or load the table anew' });
    emitter.begin(BigInt(event.timestamp) * 1000n, event.gtid ?? '', positionHead(place));
    emitter.control(plan, 'truncate-table');
  }
}

/** Types that the log shows as the bytes in which they are kept; their name makes the reader of rows give their text. */
const logicalTypes = new Set(['uuid', 'inet4', 'inet6']);

function nameLogicalTypes(event: Told, catalog: readonly MariaDbTable[]): void {
  const table = catalog.find((each) => each.schema === event.schemaName && each.table === event.tableName);
  for (const { name, type } of table?.columns ?? []) {
    const described = logicalTypes.has(type) && event.tableMap[event.tableId]?.columnSchemas.find(({ COLUMN_NAME }) => COLUMN_NAME === name);
    if (described) described.COLUMN_TYPE = type;
  }
}

function planTable(event: Told, columns: KnownTable['columns'], before: KnownTable | undefined, catalog: readonly MariaDbTable[], { mapping, contract, logger }: { mapping: ReplicationTask['mapping']; contract?: ReplicationTask['contract']; logger: Logger }, emitter: ChangeEmitter): KnownTable {
  const isSame = before && before.columns.length === columns.length && columns.every(({ name }, index) => before.columns[index]?.name === name);
  if (isSame) return before;
  const table = catalog.find((each) => each.schema === event.schemaName && each.table === event.tableName);
  if (!table) return { columns: [], planned: undefined };
  const typed = columns.map(({ name, type }) => ({ name, type: table.columns.find((column) => column.name === name)?.type ?? type }));
  const shape = { schema: table.schema, table: table.table, key: table.key, columns: typed.map(({ name, type }): SourceColumn => ({ name, kind: kindOfType(type) })) };
  const plan = planRows(shape, mapping, contract);
  if (plan) {
    if (plan.discarded.length > 0) logger.log('warn', 'source.columns_discarded', { table: plan.tableName, columns: plan.discarded });
    for (const { name } of columns.filter((each) => !table.columns.some((column) => column.name === each.name))) {
      logger.log('info', 'source.table_altered', { table: plan.tableName, operation: 'add-column', column: name });
      emitter.control(plan, 'add-column', { 'column-name': name });
    }
  }
  return { columns: typed, planned: plan && { shape, plan } };
}
