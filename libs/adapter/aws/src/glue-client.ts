import { CreateTableCommand, GetTableCommand, UpdateTableCommand, type GlueClient as GlueSdk, type Table, type TableInput } from '@aws-sdk/client-glue';
import type { GlueClient, GlueTableInput } from '@data-master/iceberg';
import { TerminalError } from '@data-master/ports';
import { errorName, withLakeErrors } from './aws-errors.ts';

/** What TableInput takes of what GetTable gives. */
const inputNames = [
  'Description',
  'Owner',
  'LastAccessTime',
  'LastAnalyzedTime',
  'Retention',
  'StorageDescriptor',
  'PartitionKeys',
  'ViewOriginalText',
  'ViewExpandedText',
  'TableType',
  'Parameters',
  'TargetTable',
] as const satisfies (keyof Table & keyof TableInput)[];

/** The tables of the Glue catalog, for `createGlueCatalog` of @data-master/iceberg. Databases are made elsewhere. */
export function createGlueClient({ client }: { client: GlueSdk }): GlueClient {
  return {
    getTable: ({ database, table }) =>
      withLakeErrors(`reading Glue table ${database}.${table}`, async () => {
        try {
          const { Table: found } = await client.send(new GetTableCommand({ DatabaseName: database, Name: table }));
          if (found?.VersionId === undefined) throw new TerminalError(`Glue table ${database}.${table} came without a version; expected a VersionId; look at what answers as Glue`);
          return { versionId: found.VersionId, input: inputOf(table, found) };
        } catch (error) {
          if (errorName(error) === 'EntityNotFoundException') return undefined;
          throw error;
        }
      }),
    createTable: ({ database, input }) =>
      unless('AlreadyExistsException', `making Glue table ${database}.${input.Name}`, () => client.send(new CreateTableCommand({ DatabaseName: database, TableInput: input }))),
    updateTable: ({ database, input, versionId }) =>
      unless('ConcurrentModificationException', `changing Glue table ${database}.${input.Name}`, () =>
        client.send(new UpdateTableCommand({ DatabaseName: database, TableInput: input, VersionId: versionId, SkipArchive: true })),
      ),
  };
}

/** True when the request succeeds, false when it fails with the error of this name. */
function unless(name: string, action: string, request: () => Promise<unknown>): Promise<boolean> {
  return withLakeErrors(action, async () => {
    try {
      await request();
      return true;
    } catch (error) {
      if (errorName(error) === name) return false;
      throw error;
    }
  });
}

function inputOf(name: string, found: Table): GlueTableInput {
  const fields = inputNames.flatMap((field) => (found[field] == null ? [] : [[field, found[field]]]));
  return { ...(Object.fromEntries(fields) as Omit<GlueTableInput, 'Name'>), Name: name };
}
