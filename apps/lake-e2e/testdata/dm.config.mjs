/** The lake of the account that moto stands for, with every way in; DuckDB alone, since EMR Serverless does not run on one machine. */
export default {
  prefix: 'dm',
  engine: 'duckdb',
  environments: { e2e: { account: '123456789012', region: 'eu-central-1', database: true, streaming: { capture: 'dms', loadedAt: '2013-01-01T00:00:00Z' } } },
};
