/** A raw object's name, `raw/<table>/…`. */
export type RawKey =
  /** As the ways in write it: `dm-batch-process-1-YYYY-MM-DD-HH-mm-ss-<uuid>.gz`, or `dm-firehose-stream-1-…`; time in UTC, to the second. */
  | { table: string; way: 'batch' | 'stream'; prefix: string; at: Date; uuid: string }
  /** Any other file under the table's folder. */
  | { table: string; way: 'other'; fileName: string };

const ways = { batch: 'batch-process-1', stream: 'firehose-stream-1' } as const;
const table = '[a-z][a-z0-9_]*';
const namePattern = new RegExp(
  `^(?<prefix>[a-z][a-z0-9]*)-(?<way>${Object.values(ways).join('|')})-(?<at>\\d{4}(?:-\\d{2}){5})-(?<uuid>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\\.gz$`,
);

/** Reads a raw key; undefined when it is not `raw/<table>/<file>`. Inverse of `formatRawKey`. */
export function parseRawKey(key: string): RawKey | undefined {
  const match = new RegExp(`^raw/(?<table>${table})/(?<fileName>[^/].*)$`, 's').exec(key)?.groups;
  if (!match) return undefined;
  const named = namePattern.exec(match['fileName']!)?.groups;
  const at = named && parseInstant(named['at']!);
  if (!named || !at) return { table: match['table']!, way: 'other', fileName: match['fileName']! };
  const way = named['way'] === ways.batch ? 'batch' : 'stream';
  return { table: match['table']!, way, prefix: named['prefix']!, at, uuid: named['uuid']! };
}

/** Writes a raw key. Inverse of `parseRawKey`. */
export function formatRawKey(key: RawKey): string {
  if (key.way === 'other') return `raw/${key.table}/${key.fileName}`;
  return `raw/${key.table}/${key.prefix}-${ways[key.way]}-${formatInstant(key.at)}-${key.uuid}.gz`;
}

/** Where the layout of a raw object lies, for the reader of its content. */
export const layoutKeyOf = (rawKey: string): string => `layouts/${rawKey.slice('raw/'.length)}.json`;

const formatInstant = (at: Date): string => at.toISOString().slice(0, 19).replace(/[T:]/g, '-');

function parseInstant(text: string): Date | undefined {
  const [year, month, day, hour, minute, second] = text.split('-');
  const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return !Number.isNaN(at.getTime()) && formatInstant(at) === text ? at : undefined;
}
