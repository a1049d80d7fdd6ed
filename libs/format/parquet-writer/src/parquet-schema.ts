import { dialectsOf, type Column } from '@data-master/table-contracts';
import type { ParquetType as LibraryType, SchemaDefinition } from '@dsnp/parquetjs/dist/lib/declare.js';
import { ParquetSchema } from '@dsnp/parquetjs/dist/lib/schema.js';
import { visitColumns } from './parquet-footer.ts';
import { thriftType, type ThriftStruct } from './thrift-compact.ts';

/**
 * The schema for parquetjs: bare physical types, because it rounds decimals and refuses times before 1970, and no
 * statistics, because it orders text as UTF-16. `annotateSchema` completes the file.
 */
export function physicalSchema(columns: readonly Column[]): ParquetSchema {
  const fields: SchemaDefinition = {};
  for (const column of columns) {
    const { physical, logical } = dialectsOf(column.type).parquet;
    const type: LibraryType = logical === 'UTF8' ? 'UTF8' : physical;
    fields[column.name] = { type, optional: true, compression: 'SNAPPY', statistics: false };
  }
  return new ParquetSchema(fields);
}

const convertedType = { UTF8: 0n, DECIMAL: 5n, DATE: 6n, TIMESTAMP_MICROS: 10n } as const;
const schemaElement = { convertedType: 6, scale: 7, precision: 8, fieldId: 9, logicalType: 10 };
const timestampType = 8;

/** Writes field ids and logical types into a footer whose leaf columns are `columns`. */
export function annotateSchema(footer: ThriftStruct, columns: readonly Column[]): void {
  const byName = new Map(columns.map((column) => [column.name, column]));
  visitColumns(footer, (name, element) => {
    const column = byName.get(name);
    if (!column) return;
    const int = (id: number, value: bigint): unknown => element.set(id, { type: thriftType.i32, value });
    int(schemaElement.fieldId, BigInt(column.id));
    const { logical, precision = 0, scale = 0 } = dialectsOf(column.type).parquet;
    if (logical) int(schemaElement.convertedType, convertedType[logical]);
    if (logical === 'DECIMAL') {
      int(schemaElement.precision, BigInt(precision));
      int(schemaElement.scale, BigInt(scale));
    }
    if (logical === 'TIMESTAMP_MICROS') element.set(schemaElement.logicalType, { type: thriftType.struct, value: utcMicros() });
  });
}

/** LogicalType.TIMESTAMP {isAdjustedToUTC: true, unit: MICROS}. */
function utcMicros(): ThriftStruct {
  const unit: ThriftStruct = new Map([[2, { type: thriftType.struct, value: new Map() as ThriftStruct }]]);
  const timestamp: ThriftStruct = new Map();
  timestamp.set(1, { type: thriftType.true, value: true });
  timestamp.set(2, { type: thriftType.struct, value: unit });
  return new Map([[timestampType, { type: thriftType.struct, value: timestamp }]]);
}
