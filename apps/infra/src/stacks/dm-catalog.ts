import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import { bronzeColumns, emitGlueColumns, type SourceTable } from '@data-master/table-contracts';
import type { Construct } from 'constructs';
import { layers, type DatabaseLayer } from '../lake-names.ts';
import type { LakePlan } from '../lake-plan.ts';
import { LakeStack } from './lake-stack.ts';

const descriptions: Record<DatabaseLayer, string> = {
  stage: 'Raw objects as they came',
  bronze: 'Typed rows of raw objects, personal columns treated',
  silver: 'The present state of every row, as Iceberg; its writers make the tables from the contracts',
  gold: 'What people query, as Iceberg; its writers make the tables from the contracts',
  costs: 'What the lake costs',
};
const locations = { stage: ['stage', 'raw/'], bronze: ['datalake', 'bronze/'], silver: ['datalake', 'silver/'], gold: ['datalake', 'gold/'], costs: ['costs', ''] } as const;
/** Bronze keys hold the day of arrival: none is older than the lake. */
const firstYear = 2024;

/** The databases of the Glue catalog, and the tables of bronze with the columns of their contracts. */
export class CatalogStack extends LakeStack {
  constructor(scope: Construct, lake: LakePlan) {
    super(scope, 'catalog', lake, 'Glue databases of the lake and the tables of bronze');
    const databases = Object.fromEntries(layers.map((layer) => [layer, this.database(layer)]));
    for (const table of lake.model.tables) this.bronzeTable(table).addResourceDependency(databases['bronze']!);
  }

  private database(layer: DatabaseLayer): CfnDatabase {
    const [bucket, prefix] = locations[layer];
    return new CfnDatabase(this, `${capital(layer)}Database`, {
      catalogId: this.lake.account,
      databaseInput: {
        name: this.lake.names.databases[layer],
        description: descriptions[layer],
        locationUri: `s3://${this.lake.names.buckets[bucket]}/${prefix}`,
        createTableDefaultPermissions: [],
      },
    });
  }

  /** Partitions are projected from the key `bronze/<table>/year=YYYY/month=MM/day=DD/`, so that none is ever registered. */
  private bronzeTable(table: SourceTable): CfnTable {
    const location = `s3://${this.lake.names.buckets.datalake}/bronze/${table.name}`;
    return new CfnTable(this, `Bronze${table.name.split('_').map(capital).join('')}`, {
      catalogId: this.lake.account,
      databaseName: this.lake.names.databases.bronze,
      tableInput: {
        name: table.name,
        description: table.doc,
        tableType: 'EXTERNAL_TABLE',
        partitionKeys: ['year', 'month', 'day'].map((name) => ({ name, type: 'string', comment: `${name} of arrival, UTC` })),
        parameters: {
          classification: 'parquet',
          EXTERNAL: 'TRUE',
          'projection.enabled': 'true',
          'projection.year.type': 'date', 'projection.year.format': 'yyyy', 'projection.year.interval': '1', 'projection.year.interval.unit': 'YEARS', 'projection.year.range': `${firstYear},NOW`,
          'projection.month.type': 'integer', 'projection.month.range': '1,12', 'projection.month.digits': '2',
          'projection.day.type': 'integer', 'projection.day.range': '1,31', 'projection.day.digits': '2',
          'storage.location.template': `${location}/year=\${year}/month=\${month}/day=\${day}/`,
        },
        storageDescriptor: {
          location: `${location}/`,
          columns: emitGlueColumns(bronzeColumns(table)),
          inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
          outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
          serdeInfo: { serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe', parameters: { 'serialization.format': '1' } },
        },
      },
    });
  }
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
