/** A bronze object: `bronze/<table>/year=YYYY/month=MM/day=DD/<base>.parquet`, the day being that of arrival, in UTC. */
export interface BronzeKey {
  table: string;
  year: number;
  month: number;
  day: number;
  /** The raw object's name without its extensions. */
  base: string;
}

const pattern = /^bronze\/(?<table>[a-z][a-z0-9_]*)\/year=(?<year>\d{4})\/month=(?<month>\d{2})\/day=(?<day>\d{2})\/(?<base>.+)\.parquet$/s;

/** Reads a bronze key; undefined when it has another shape. Inverse of `formatBronzeKey`. */
export function parseBronzeKey(key: string): BronzeKey | undefined {
  const match = pattern.exec(key)?.groups;
  if (!match) return undefined;
  return { table: match['table']!, year: Number(match['year']), month: Number(match['month']), day: Number(match['day']), base: match['base']! };
}

/** Writes a bronze key. Inverse of `parseBronzeKey`. */
export function formatBronzeKey({ table, year, month, day, base }: BronzeKey): string {
  const pad = (value: number, length: number): string => String(value).padStart(length, '0');
  return `bronze/${table}/year=${pad(year, 4)}/month=${pad(month, 2)}/day=${pad(day, 2)}/${base}.parquet`;
}

/** Where a raw object's rows go: `suffix` keeps apart objects whose names do not. */
export function bronzeKeyOf(table: string, fileName: string, arrivedAt: Date, suffix = ''): string {
  const base = `${baseName(fileName)}${suffix && `-${suffix}`}`;
  return formatBronzeKey({ table, base, year: arrivedAt.getUTCFullYear(), month: arrivedAt.getUTCMonth() + 1, day: arrivedAt.getUTCDate() });
}

/** Where the rejected rows of a raw object go. */
export function quarantineKeyOf(table: string, fileName: string, suffix = ''): string {
  return `quarantine/${table}/${baseName(fileName)}${suffix && `-${suffix}`}.ndjson`;
}

/** A file's name without what says format and compression. */
export function baseName(fileName: string): string {
  return fileName.replace(/(?:\.(?:csv|json|ndjson|jsonl|parquet|avro|xlsx|log|txt|gz|gzip|zip|zst|zstd))+$/i, '') || fileName;
}
