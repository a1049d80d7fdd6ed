import { LakeError, type LocalFiles, type QueryEngine } from '@data-master/ports';
import { bronzeColumns, bronzeSystemColumns, duckdbTextType, fromDuckdbTextType } from '@data-master/table-contracts';
import type { ConvertCommand } from './convert-command.ts';
import { defaultPosition } from './default-position.ts';
import type { InputColumn } from './input-columns.ts';
import type { ReadyCsv } from './ready-csv.ts';

/** Distinct values up to which a column of a row group gets a dictionary. */
const dictionaryLimit = 1000;

/** Converts ready CSV to a whole Parquet file of bronze columns, by way of private files that are gone afterwards. */
export async function convertPart(query: QueryEngine, files: LocalFiles, command: ConvertCommand, columns: readonly InputColumn[], csv: ReadyCsv): Promise<Uint8Array> {
  try {
    const csvPath = await files.writeScratch('part.csv', once(csv.bytes));
    csv.release();
    const parquetPath = await files.scratchPath('part.parquet');
    return await query.session(async (session) => {
      for (const [name, value] of Object.entries(command.masker.sqlVariables())) await session.setVariable(name, value);
      await session.run(copySql(command, columns, csv, csvPath, parquetPath));
      const [row] = await session.rows(`SELECT content FROM read_blob(${literal(parquetPath)})`);
      if (!(row?.content instanceof Uint8Array)) throw new Error('DuckDB read no bytes of the part that it wrote; expected a Parquet file');
      return row.content;
    });
  } catch (error) {
    throw withoutData(error, csv);
  } finally {
    await files.dispose();
  }
}

function copySql(command: ConvertCommand, columns: readonly InputColumn[], csv: ReadyCsv, csvPath: string, parquetPath: string): string {
  const { table, masker } = command;
  const present = new Map(columns.map(({ column }) => [column.name, column]));
  const given = (name: string): string | undefined => {
    const column = present.get(name);
    return column && masker.treatmentSql(column, fromDuckdbTextType(column.type, identifier(name)));
  };
  const orElse = (name: string, fallback: string): string => {
    const expression = given(name);
    return expression ? `coalesce(${expression}, ${fallback})` : fallback;
  };
  const system: Record<string, string> = {
    operation: orElse('operation', constant('load')),
    _commit_time: orElse('_commit_time', `make_timestamptz(${BigInt(command.arrivedAt.getTime()) * 1000n})`),
    _position: orElse('_position', constant(defaultPosition(command.rawKey))),
    _source_key: constant(command.rawKey),
    _row: csv.numbering === 'firstCell' ? '_row' : `row_number() OVER () + ${csv.numbering.firstRow - 1}`,
  };
  const outputs = bronzeColumns(table);
  const isSystem = new Set(bronzeSystemColumns.map((column) => column.name));
  const select = outputs.map(({ name }) => `${isSystem.has(name) ? system[name] : given(name)} AS ${identifier(name)}`);
  const inputs = [
    ...(csv.numbering === 'firstCell' ? [`_row: 'BIGINT'`] : []),
    ...columns.map(({ column }) => `${identifier(column.name)}: '${duckdbTextType(column.type)}'`),
  ];
  const bufferBytes = csv.bytes.length + 1024;
  return `COPY (
  SELECT ${select.join(', ')}
  FROM read_csv(${literal(csvPath)}, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"', new_line = '${csv.newline}',
    nullstr = '', allow_quoted_nulls = false, max_line_size = ${bufferBytes}, buffer_size = ${bufferBytes}, columns = {${inputs.join(', ')}})
) TO ${literal(parquetPath)} (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE ${Math.max(2048, csv.rows)},
  DICTIONARY_SIZE_LIMIT ${dictionaryLimit}, WRITE_BLOOM_FILTER false, FIELD_IDS {${outputs.map(({ name, id }) => `${identifier(name)}: ${id}`).join(', ')}})`;
}

/** An engine's own message may quote the input, a LakeError may not. */
function withoutData(error: unknown, csv: ReadyCsv): LakeError {
  if (error instanceof LakeError) return error;
  const rows = csv.numbering === 'firstCell' ? `${csv.rows} rows` : `${csv.rows} rows from row ${csv.numbering.firstRow}`;
  return new LakeError(`${rows} were not converted: ${error instanceof Error ? error.name : 'unknown error'} of the query engine; expected Parquet; look at free memory and disk, then try again`);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
/** Text as an enumeration of itself: Parquet has it as text, and its dictionary costs nothing. */
const constant = (text: string): string => `CAST(${literal(text)} AS ENUM(${literal(text)}))`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
