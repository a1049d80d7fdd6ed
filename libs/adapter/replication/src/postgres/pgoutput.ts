/** A table as the log describes it before its first change, and again after it was altered. */
export interface LogRelation {
  oid: number;
  schema: string;
  table: string;
  /** Replica identity: `d`efault, `n`othing, `f`ull, `i`ndex. */
  identity: string;
  columns: { name: string; typeOid: number; isKey: boolean }[];
}

/** Texts of a row in the order of its relation's columns; undefined for a large value that did not change. */
export type LogRow = (string | null | undefined)[];

/** Takes what the log tells, in its order. */
export interface LogReader {
  begin: (commitLsn: bigint, commitMicros: bigint, transactionId: number) => void;
  commit: (endLsn: bigint) => void;
  relation: (relation: LogRelation) => void;
  insert: (relationOid: number, row: LogRow) => void;
  /** `before` is the whole row under full identity, the key alone (`isKeyOnly`) when an update changed it; otherwise undefined. */
  update: (relationOid: number, row: LogRow, before: LogRow | undefined, isKeyOnly: boolean) => void;
  delete: (relationOid: number, before: LogRow, isKeyOnly: boolean) => void;
  truncate: (relationOids: number[]) => void;
}

/** Microseconds from 1970 to 2000, where PostgreSQL's time begins. */
const epochMicros = 946_684_800_000_000n;

/** Reads messages of pgoutput, protocol version 1 with texts; the bytes are not kept. */
export function createPgOutputParser(reader: LogReader): (message: Buffer, start: number) => void {
  let bytes: Buffer = Buffer.alloc(0);
  let at = 0;

  const readInt32 = (): number => {
    at += 4;
    return bytes.readInt32BE(at - 4);
  };
  const readOid = (): number => {
    at += 4;
    return bytes.readUInt32BE(at - 4);
  };
  const readInt64 = (): bigint => {
    at += 8;
    return bytes.readBigInt64BE(at - 8);
  };
  const readName = (): string => {
    const end = bytes.indexOf(0, at);
    const name = bytes.toString('utf8', at, end);
    at = end + 1;
    return name;
  };
  const readRow = (): LogRow => {
    const count = bytes.readInt16BE(at);
    at += 2;
    const row: LogRow = new Array<string | null | undefined>(count);
    for (let index = 0; index < count; index += 1) {
      const kind = bytes[at++];
      if (kind === 116) {
        const end = at + 4 + bytes.readInt32BE(at);
        row[index] = bytes.toString('utf8', at + 4, end);
        at = end;
      } else row[index] = kind === 110 ? null : undefined;
    }
    return row;
  };
  const readRelation = (): LogRelation => {
    const oid = readOid();
    const schema = readName() || 'pg_catalog';
    const table = readName();
    const identity = String.fromCharCode(bytes[at++]!);
    const count = bytes.readInt16BE(at);
    at += 2;
    const columns = Array.from({ length: count }, () => {
      const isKey = bytes[at++] === 1;
      const name = readName();
      const typeOid = readOid();
      at += 4;
      return { name, typeOid, isKey };
    });
    return { oid, schema, table, identity, columns };
  };

  return (message, start) => {
    bytes = message;
    at = start + 1;
    switch (message[start]) {
      case 66: { // Begin
        const commitLsn = readInt64();
        const micros = readInt64() + epochMicros;
        return reader.begin(BigInt.asUintN(64, commitLsn), micros, readOid());
      }
      case 67: // Commit: flags and the position of its record come first
        at += 9;
        return reader.commit(BigInt.asUintN(64, readInt64()));
      case 82:
        return reader.relation(readRelation());
      case 73: { // Insert
        const oid = readOid();
        at += 1;
        return reader.insert(oid, readRow());
      }
      case 85: { // Update
        const oid = readOid();
        const kind = bytes[at++];
        if (kind === 78) return reader.update(oid, readRow(), undefined, false);
        const before = readRow();
        at += 1;
        return reader.update(oid, readRow(), before, kind === 75);
      }
      case 68: { // Delete
        const oid = readOid();
        const kind = bytes[at++];
        return reader.delete(oid, readRow(), kind === 75);
      }
      case 84: { // Truncate
        const count = readInt32();
        at += 1;
        return reader.truncate(Array.from({ length: count }, readOid));
      }
      default: // types, origins and messages carry no rows
    }
  };
}
