import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sourceUrlOf } from './source-url.ts';

const secret = { engine: 'postgres', host: 'db.cluster.eu-central-1.rds.amazonaws.com', port: 5432, username: 'dm', password: 'hunter2', dbname: 'dm_core', dbClusterIdentifier: 'dm' };
const urlOf = (changes: object, caFile: string | undefined = '/tmp/ca.pem'): string => sourceUrlOf('arn:secret', JSON.stringify({ ...secret, ...changes }), caFile);

describe('the URL of a source', () => {
  it.each<[string, object, string | undefined, string]>([
    ['PostgreSQL, checked by its certificate', {}, '/tmp/ca.pem', 'postgres://dm:hunter2@db.cluster.eu-central-1.rds.amazonaws.com:5432/dm_core?sslmode=verify-full&sslrootcert=%2Ftmp%2Fca.pem'],
    ['PostgreSQL of Aurora, its port as text', { engine: 'aurora-postgresql', port: '5432' }, undefined, 'postgres://dm:hunter2@db.cluster.eu-central-1.rds.amazonaws.com:5432/dm_core'],
    ['MariaDB, which needs no name of a database', { engine: 'mariadb', port: 3306, dbname: undefined }, undefined, 'mariadb://dm:hunter2@db.cluster.eu-central-1.rds.amazonaws.com:3306'],
    ['a host by its address', { host: '::1' }, undefined, 'postgres://dm:hunter2@[::1]:5432/dm_core'],
  ])('is that of %s', (_title, changes, caFile, url) => {
    expect(sourceUrlOf('arn:secret', JSON.stringify({ ...secret, ...changes }), caFile)).toBe(url);
  });

  it('carries any credentials', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(fc.property(text, text, text, (username, password, dbname) => {
      const url = new URL(urlOf({ username, password, dbname }));
      expect([url.username, url.password, url.pathname.slice(1)].map(decodeURIComponent)).toEqual([username, password, dbname]);
    }));
  });

  it.each<[string, object, RegExp]>([
    ['without a host and a password', { host: undefined, password: undefined }, /^secret arn:secret does not describe a database \(host: .*; password: .*expected \{engine, host.*attach it to its database/],
    ['with a port that is none', { port: 'hunter2' }, /port: /],
    ['without a database', { dbname: undefined }, /has no dbname; expected the name/],
    ['of an engine that is no change source', { engine: 'oracle-ee' }, /no change source; expected one of postgres, aurora-postgresql, mariadb/],
    ['of an engine that is no change source but a member of every object', { engine: 'constructor' }, /no change source/],
    ['of MariaDB with TLS', { engine: 'mariadb' }, /without TLS only; expected DM_SOURCE_TLS=off/],
  ])('is refused for a secret %s, which is not shown', (_title, changes, message) => {
    expect(() => urlOf(changes)).toThrow(message);
    expect(() => urlOf(changes)).not.toThrow('hunter2');
  });

  it.each(['hunter2', '"hunter2"', '{"password":"hunter2"'])('is refused for a secret that is no JSON object, which is not shown: %s', (text) => {
    expect(() => sourceUrlOf('arn:secret', text, undefined)).toThrow('does not describe a database');
    expect(() => sourceUrlOf('arn:secret', text, undefined)).not.toThrow('hunter2');
  });
});
