export {
  listColumns,
  piiKinds,
  recordPath,
  type Column,
  type ColumnDefinition,
  type ColumnDefinitions,
  type PiiKind,
  type PiiTreatment,
  type RowOf,
} from './columns.ts';
export { emitColumnGrants, type ColumnGrants } from './column-grants.ts';
export { emitDataDictionary } from './data-dictionary.ts';
export {
  defineDerivedTable,
  defineGoldTable,
  derivedColumns,
  goldColumns,
  goldSelect,
  type DerivedTable,
  type GoldTable,
} from './derived-table.ts';
export { emitDuckDbScan, quoteIdentifier, quoteText } from './duckdb-scan.ts';
export { layoutProblem, type FileLayout, type LineLayout } from './file-layout.ts';
export { emitGlueColumns, type GlueColumn } from './glue-columns.ts';
export { emitIcebergFields, type IcebergField } from './iceberg-schema.ts';
export { defineLake, lakeTables, operationalTables, rawMembers, requireLakeTable, type LakeModel, type LakeTable, type OperationalSchema } from './lake-model.ts';
export { decimalOf, dialectsOf, type Dialects, type LogicalType, type ParquetType, type ValueOf } from './logical-types.ts';
export { emitPostgresSchema } from './postgres-schema.ts';
export { emitRowSchema } from './row-schema.ts';
export { duckDbDialect, emitSparkSchema, sparkDialect, type SqlDialect } from './sql-dialect.ts';
export {
  bronzeColumns,
  defineTable,
  notEmpty,
  notNull,
  rawColumns,
  silverColumns,
  unique,
  type DerivedColumn,
  type QualityRule,
  type SourceTable,
} from './source-table.ts';
export { bronzeSystemColumns, changeColumns, operations, silverSystemColumns, type Operation } from './system-columns.ts';
export { duckdbTextType, fromDuckdbTextType } from './duckdb-cast.ts';
export {
  canonicalText,
  dateDays,
  decimalUnits,
  expectedText,
  formatTimestamp,
  textReader,
  timestampMicros,
  type RowValue,
  type TextReader,
} from './text-values.ts';
