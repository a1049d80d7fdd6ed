import { createGlueCatalog, type FileIO, type GlueClient } from '@data-master/iceberg';
import { tableLocation } from '@data-master/medallion-paths';
import type { Clock, Ids, Logger } from '@data-master/ports';
import type { LakeTables } from './lake-tables.ts';
import { openLakeTable } from './open-lake-table.ts';

export interface GlueLakeTablesOptions {
  client: GlueClient;
  io: FileIO;
  /** The databases are `<prefix>_silver` and `<prefix>_gold`. */
  databasePrefix: string;
  /** URI of the folder of the layers, without a slash at the end. */
  datalakeUri: string;
  clock: Clock;
  ids: Ids;
  logger: Logger;
}

/** The lake's Iceberg tables with Glue as their catalog. */
export function createGlueLakeTables({ client, io, databasePrefix, datalakeUri, clock, ids, logger }: GlueLakeTablesOptions): LakeTables {
  const newUuid = (): string => ids.next();
  return {
    open(table, engine) {
      const location = `${datalakeUri}/${tableLocation(table.layer, table.name)}`;
      const catalog = createGlueCatalog({ client, io, database: `${databasePrefix}_${table.layer}`, table: table.name, location, newUuid });
      return openLakeTable(table, { catalog, logger, ports: { io, engine, now: () => clock.now().getTime(), newUuid } });
    },
  };
}
