/** Settings that every run needs, wherever the catalog is. */
const common: Record<string, string> = {
  'spark.sql.extensions': 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions',
  'spark.sql.catalog.dm': 'org.apache.iceberg.spark.SparkCatalog',
  'spark.sql.session.timeZone': 'UTC',
  'spark.sql.parquet.fieldId.read.enabled': 'true',
  'spark.sql.iceberg.vectorization.enabled': 'true',
};

/** Where tables are in the AWS Glue catalog: in the databases `<databasePrefix><layer>`, their objects below `warehouse` in S3. */
export interface GluePlace {
  databasePrefix: string;
  warehouse: string;
}

/** Spark settings for tables in the AWS Glue catalog, objects in S3. */
export const glueSettings = ({ databasePrefix, warehouse }: GluePlace): Record<string, string> => ({
  ...common,
  'spark.sql.catalog.dm.catalog-impl': 'org.apache.iceberg.aws.glue.GlueCatalog',
  'spark.sql.catalog.dm.io-impl': 'org.apache.iceberg.aws.s3.S3FileIO',
  'spark.sql.catalog.dm.warehouse': warehouse,
  'spark.dm.database-prefix': databasePrefix,
});

/** Spark settings for tables in a folder, as the embedded lake has them, which commits to them as well while the driver runs. */
export const folderSettings = (warehouse: string): Record<string, string> => ({
  ...common,
  'spark.sql.catalog.dm.type': 'hadoop',
  'spark.sql.catalog.dm.cache-enabled': 'false',
  'spark.sql.catalog.dm.warehouse': warehouse,
});

/** The settings as a Spark properties file. */
export const formatProperties = (settings: Record<string, string>): string => Object.entries(settings).map(([name, value]) => `${name} ${value}\n`).join('');
