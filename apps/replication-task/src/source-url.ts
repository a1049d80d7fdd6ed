import { TerminalError } from '@data-master/ports';
import { z } from 'zod';

const text = z.string().min(1);

/** A secret as RDS writes it for a database; what it holds besides is passed over. */
const databaseSecret = z.object({ engine: text, host: text, port: z.coerce.number().int().min(1).max(65_535), username: text, password: text, dbname: text.optional() });

/** Schemes of change sources, by what RDS calls its engines. */
const schemes: Readonly<Record<string, string>> = { postgres: 'postgres', 'aurora-postgresql': 'postgres', mariadb: 'mariadb', mysql: 'mysql', 'aurora-mysql': 'mysql' };

/**
 * The URL of the database that a secret names, with TLS by the certificates of `caFile`, or without. TerminalError with the
 * fields that are missing or do not fit, never their values.
 */
export function sourceUrlOf(secretId: string, secret: string, caFile: string | undefined): string {
  const refuse = (problem: string): TerminalError => new TerminalError(`secret ${secretId} ${problem}; attach it to its database, or write it as RDS does`);
  const result = databaseSecret.safeParse(parseJson(secret));
  if (!result.success) throw refuse(`does not describe a database (${result.error.issues.map(({ path, message }) => `${path.join('.') || 'secret'}: ${message}`).join('; ')}); expected {engine, host, port, username, password, dbname}`);
  const { engine, host, port, username, password, dbname } = result.data;
  const scheme = Object.hasOwn(schemes, engine) ? schemes[engine]! : undefined;
  if (scheme === undefined) throw refuse(`is of an engine that is no change source; expected one of ${Object.keys(schemes).join(', ')}`);
  const login = `${encodeURIComponent(username)}:${encodeURIComponent(password)}@${host.includes(':') ? `[${host}]` : host}:${port}`;
  if (scheme === 'postgres') {
    if (dbname === undefined) throw refuse('has no dbname; expected the name of the database to read');
    return `postgres://${login}/${encodeURIComponent(dbname)}${caFile === undefined ? '' : `?sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`}`;
  }
  if (caFile !== undefined) throw refuse(`is of ${engine}, which is read without TLS only; expected DM_SOURCE_TLS=off, which allows that`);
  return `${scheme}://${login}`;
}

/** Undefined for what is no JSON: a message of the parser could quote it. */
function parseJson(secret: string): unknown {
  try {
    return JSON.parse(secret);
  } catch {
    return undefined;
  }
}
