import { engineType, identifier } from './sql-text.ts';
import type { Field } from './types.ts';

/** What happens to a pair of equal keys; `when` and the values are SQL over the aliases `t` (target) and `s` (source). */
export type MatchedClause = { when?: string; delete: true } | { when?: string; set: Readonly<Record<string, string>> };

/** The row that a source row without a pair becomes; SQL over the alias `s`, columns left out are NULL. */
export interface NotMatchedClause {
  when?: string;
  insert: Readonly<Record<string, string>>;
}

/** Number of the first clause that applies, -1 for none. */
export function clauseSql(clauses: readonly { when?: string }[]): string {
  const cases = clauses.map((clause, index) => `WHEN ${clause.when === undefined ? 'true' : `(${clause.when})`} THEN ${index}`);
  return cases.length === 0 ? '-1' : `(CASE ${cases.join(' ')} ELSE -1 END)::INTEGER`;
}

/**
 * The rows of the affected files (a relation of `liveRowsSql`) after the clauses: `all` of them or those `changed`;
 * `fileIndexes` are the numbers that `matches` knows the files by.
 * One join with the changes as its small side, so that the files stream through.
 */
export function rewriteSql(
  fields: readonly Field[],
  relation: string,
  fileIndexes: readonly number[],
  matches: string,
  source: string,
  clauses: readonly MatchedClause[],
  which: 'all' | 'changed',
): string {
  const columns = fields.map((field) => {
    const own = `t.${identifier(field.name)}`;
    const changed = clauses.flatMap((clause, index) => {
      const expression = 'set' in clause ? clause.set[field.name] : undefined;
      return expression === undefined ? [] : [`WHEN ${index} THEN CAST((${expression}) AS ${engineType(field.type)})`];
    });
    const value = changed.length === 0 ? own : `CASE s.__clause ${changed.join(' ')} ELSE ${own} END`;
    return `${value} AS ${identifier(field.name)}`;
  });
  const deletes = clauses.flatMap((clause, index) => ('delete' in clause ? [index] : []));
  const kept = deletes.length === 0 ? '' : ` WHERE s.__clause IS NULL OR s.__clause NOT IN (${deletes.join(', ')})`;
  return `SELECT ${columns.join(', ')}
    FROM ${relation} t
    ${which === 'all' ? 'LEFT ' : ''}JOIN (
      SELECT s.*, (list_position([${fileIndexes.join(', ')}], m.file_index) - 1)::INTEGER AS __file, m.file_row AS __row, m.clause AS __clause
      FROM ${matches} m JOIN ${source} s ON s.rowid = m.source_row WHERE m.clause >= 0
    ) s ON s.__file = t.__file AND s.__row = t.__row${kept}`;
}

/** The rows to insert for source rows without a pair; `matches` undefined when there can be no pairs. */
export function insertSql(fields: readonly Field[], source: string, matches: string | undefined, clauses: readonly NotMatchedClause[]): string {
  const columns = fields.map((field) => {
    const values = clauses.map((clause, index) => `WHEN ${index} THEN CAST((${clause.insert[field.name] ?? 'NULL'}) AS ${engineType(field.type)})`);
    return `CASE s.__clause ${values.join(' ')} END AS ${identifier(field.name)}`;
  });
  const unmatched = matches === undefined ? '' : ` ANTI JOIN ${matches} m ON m.source_row = s.rowid`;
  return `SELECT ${columns.join(', ')} FROM (SELECT s.*, ${clauseSql(clauses)} AS __clause FROM ${source} s${unmatched}) s WHERE s.__clause >= 0`;
}
