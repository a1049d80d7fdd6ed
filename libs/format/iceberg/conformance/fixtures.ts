import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileCatalog } from '../src/catalog.ts';
import type { FileIO, SqlEngine } from '../src/ports.ts';
import { engineType, identifier, textLiteral } from '../src/sql-text.ts';
import { loadTable, type Table } from '../src/table.ts';
import { createLocalFileIO } from '../src/testing/local-ports.ts';
import type { Field } from '../src/types.ts';
import { createMetadataCatalog, relocateFileIO } from './metadata-catalog.ts';

/** Where the fixtures' tables lay when they were written; their files refer to each other by it. */
export const fixturePrefix = '/tmp/iceberg-fixtures';

const testdata = join(import.meta.dirname, 'testdata');

export interface FixtureIndex {
  tables: {
    writer: string;
    name: string;
    /** Folder of the table below `fixturePrefix`. */
    location: string;
    /** The current metadata file, relative to the location. */
    metadata: string;
  }[];
}

export type Fixture = FixtureIndex['tables'][number];

/** Reads the list of fixtures. */
export async function readFixtures(): Promise<Fixture[]> {
  return (JSON.parse(await readFile(join(testdata, 'fixtures.json'), 'utf8')) as FixtureIndex).tables;
}

/** The folder of a fixture. */
export function fixtureFolder({ writer, name }: Fixture): string {
  return join(testdata, writer, name);
}

/** Opens a fixture whose files lie in `folder`: by the catalog's layout if its writer keeps to it, else by its metadata file. */
export async function openFixture({ writer, location, metadata }: Fixture, engine: SqlEngine, folder: string): Promise<Table> {
  const io = withoutScheme(relocateFileIO(createLocalFileIO(), location, folder));
  const ports = { io, engine, now: () => Date.now(), newUuid: () => randomUUID() };
  const catalog = writer === 'spark' ? createFileCatalog({ io, location }) : createMetadataCatalog(io, `${location}/${metadata}`);
  return loadTable({ catalog, ports });
}

function withoutScheme(io: FileIO): FileIO {
  const path = (uri: string) => uri.replace(/^file:(\/\/)?(?=\/)/, '');
  return {
    ...io,
    read: (uri) => io.read(path(uri)),
    write: (uri, bytes) => io.write(path(uri), bytes),
    createExclusive: (uri, bytes) => io.createExclusive(path(uri), bytes),
    exists: (uri) => io.exists(path(uri)),
    remove: (uri) => io.remove(path(uri)),
    localPaths: (uris) => io.localPaths(uris.map(path)),
    publishFiles: (uris) => io.publishFiles(uris.map(path)),
    discardFolder: (uri) => io.discardFolder(path(uri)),
    prepareFolder: (uri) => io.prepareFolder(path(uri)),
  };
}

/** SQL over the rows that the writer read from its table, in the types of the columns. */
export function expectedRows(fixture: Fixture, fields: readonly Field[]): string {
  const asText = (field: Field) => typeof field.type === 'string';
  const columns = fields.map((field) => `${textLiteral(field.name)}: ${textLiteral(asText(field) ? 'VARCHAR' : engineType(field.type))}`);
  const values = fields.map((field) => {
    const name = identifier(field.name);
    return `${field.type === 'binary' ? `from_hex(${name})` : `CAST(${name} AS ${engineType(field.type)})`} AS ${name}`;
  });
  return `SELECT ${values.join(', ')} FROM read_json(${textLiteral(join(fixtureFolder(fixture), 'expected.json'))}, format = 'array', columns = {${columns.join(', ')}})`;
}
