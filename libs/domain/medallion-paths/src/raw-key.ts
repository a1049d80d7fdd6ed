/** A raw object's name, `raw/<table>/…`. */
export type RawKey =
  /** As the ways in write it: `dm-batch-process-1-YYYY-MM-DD-HH-mm-ss-<uuid>.gz`, `dm-firehose-stream-1-….gz` or `dm-event-batch-1-….avro`; time in UTC, to the second. */
  | { table: string; way: 'batch' | 'stream' | 'events'; prefix: string; at: Date; uuid: string }
  /** Any other file under the table's folder. */
  | { table: string; way: 'other'; fileName: string };

const ways = {
  batch: { name: 'batch-process-1', extension: 'gz' },
  stream: { name: 'firehose-stream-1', extension: 'gz' },
  events: { name: 'event-batch-1', extension: 'avro' },
} as const;
const table = '[a-z][a-z0-9_]*';
const namePattern = new RegExp(
  `^(?<prefix>[a-z][a-z0-9]*)-(?<way>${Object.values(ways).map(({ name }) => name).join('|')})-(?<at>\\d{4}(?:-\\d{2}){5})-(?<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\\.(?<extension>[a-z]+)$`,
);

/** Reads a raw key; undefined when it is not `raw/<table>/<file>`. Inverse of `formatRawKey`. */
export function parseRawKey(key: string): RawKey | undefined {
  const match = new RegExp(`^raw/(?<table>${table})/(?<fileName>[^/].*)$`, 's').exec(key)?.groups;
  if (!match) return undefined;
  const named = namePattern.exec(match['fileName']!)?.groups;
  const at = named && parseInstant(named['at']!);
  const way = named && wayOf(named['way']!, named['extension']!);
  if (!named || !at || !way) return { table: match['table']!, way: 'other', fileName: match['fileName']! };
  return { table: match['table']!, way, prefix: named['prefix']!, at, uuid: named['uuid']! };
}

/** Writes a raw key. Inverse of `parseRawKey`. */
export function formatRawKey(key: RawKey): string {
  if (key.way === 'other') return `raw/${key.table}/${key.fileName}`;
  const { name, extension } = ways[key.way];
  return `raw/${key.table}/${key.prefix}-${name}-${formatInstant(key.at)}-${key.uuid}.${extension}`;
}

/** Where the layout of a raw object lies, for the reader of its content. */
export const layoutKeyOf = (rawKey: string): string => `layouts/${rawKey.slice('raw/'.length)}.json`;

const wayOf = (name: string, extension: string): keyof typeof ways | undefined =>
  (Object.keys(ways) as (keyof typeof ways)[]).find((way) => ways[way].name === name && ways[way].extension === extension);

/** Time as names of objects have it: UTC, to the second. */
export const formatInstant = (at: Date): string => at.toISOString().slice(0, 19).replace(/[T:]/g, '-');

function parseInstant(text: string): Date | undefined {
  const [year, month, day, hour, minute, second] = text.split('-');
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return !Number.isNaN(at.getTime()) && formatInstant(at) === text ? at : undefined;
}
