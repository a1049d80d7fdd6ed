import { describe, expect, test } from '@jest/globals';
import { beerLake } from '@data-master/beer-lake';
import { emitColumnGrants } from '@data-master/table-contracts';
import { account, configurations, listResources, planOf, synthesize } from './testing/plans.ts';

interface Grant {
  principal: string;
  table: string;
  columns: string[];
}

function columnGrants(environment: Parameters<typeof planOf>[0], context: Record<string, unknown> = {}): Grant[] {
  return listResources(synthesize(planOf(environment), context)).flatMap(({ resource: { Properties } }) => {
    const granted = (Properties['Resource'] as { TableWithColumns?: { DatabaseName: string; Name: string; ColumnNames: string[] } } | undefined)?.TableWithColumns;
    return granted ? [{ principal: JSON.stringify((Properties['Principal'] as { DataLakePrincipalIdentifier: unknown }).DataLakePrincipalIdentifier), table: `${granted.DatabaseName}.${granted.Name}`, columns: granted.ColumnNames }] : [];
  });
}

const personal = new Set(emitColumnGrants(beerLake).flatMap(({ personal: columns }) => columns));
const columnsOf = (grants: Grant[], principal: string, table: string): string[] | undefined => grants.find((grant) => grant.principal.includes(principal) && grant.table === table)?.columns;

describe('grants', () => {
  test('know the personal columns of the contracts, in gold too', () => {
    expect([...personal].sort()).toEqual(['email', 'name', 'phone', 'profile_name', 'serving', 'website_url']);
    expect(emitColumnGrants(beerLake).find(({ layer, table }) => layer === 'gold' && table === 'top_drinkers')?.personal).toEqual(['profile_name']);
  });

  test('give nobody a personal column by default', () => {
    const grants = columnGrants(configurations.minimal);
    expect(grants.map(({ table }) => table).sort()).toEqual(beerLake.gold.map(({ name }) => `dm_gold.${name}`).sort());
    expect(grants.flatMap(({ columns }) => columns).filter((column) => personal.has(column))).toEqual([]);
  });

  test('give a reader the open columns, and the personal ones that he names', () => {
    const grants = columnGrants(configurations.full);
    expect(columnsOf(grants, 'analyst', 'dm_gold.top_drinkers')).not.toContain('profile_name');
    expect(columnsOf(grants, 'steward', 'dm_silver.profile')).toEqual(expect.arrayContaining(['profile_id', 'state', 'profile_name']));
    expect(columnsOf(grants, 'steward', 'dm_silver.profile')).not.toContain('email');
    expect(columnsOf(grants, 'steward', 'dm_silver.review')).toBeUndefined();
  });

  test('wait for tables that are not there yet', () => {
    expect(columnGrants({}, { absentTables: 'gold.top_drinkers,gold.top_beers_by_rating' })).toHaveLength(beerLake.gold.length - 2);
  });

  test('refuse tables and columns that no contract has', () => {
    const reader = { principal: `arn:aws:iam::${account}:role/r`, database: 'silver' as const };
    const readers = (more: object) => ({ lakeFormation: { readers: [{ ...reader, ...more }] } });
    expect(() => columnGrants(readers({ tables: ['wine'] }))).toThrow('names table wine of silver; expected one of brewery, beer, profile, review, openbrewery, review_posted, review_flat');
    expect(() => columnGrants(readers({ personalColumns: ['profile.state'] }))).toThrow('names personal column profile.state of silver; expected one of profile.profile_name, profile.email');
  });
});

test('bronze tables have the columns of their contracts and project their partitions from the keys', () => {
  const tables = listResources(synthesize(planOf({}))).filter(({ resource }) => resource.Type === 'AWS::Glue::Table').map(({ resource }) => resource.Properties['TableInput'] as { Name: string; Parameters: Record<string, string>; StorageDescriptor: { Columns: { Name: string; Type: string }[] } });
  expect(tables.map(({ Name }) => Name).sort()).toEqual(beerLake.tables.map(({ name }) => name).sort());
  const profile = tables.find(({ Name }) => Name === 'profile')!;
  expect(profile.StorageDescriptor.Columns.map(({ Name, Type }) => `${Name} ${Type}`)).toEqual([
    'profile_id bigint', 'profile_name string', 'email string', 'state string', 'operation string', '_commit_time timestamp', '_position string', '_source_key string', '_row bigint',
  ]);
  expect(profile.Parameters).toMatchObject({ 'projection.enabled': 'true', 'storage.location.template': expect.stringContaining('/bronze/profile/year=${year}/month=${month}/day=${day}/') });
});
