import { MappingError, parseMappingRules, type NameAction, type SelectionRule, type SourceFilter, type TransformationRule } from './mapping-rules.ts';

/** A column as it goes out: one of the source, or one that an expression gives. */
export interface MappedColumn {
  name: string;
  /** Name at the source; undefined for an added column. */
  source?: string;
  /** SQLite expression over the columns of the source, as `$name`. */
  expression?: string;
  /** Type that a rule gives it, in DMS's names. */
  type?: string;
}

export interface MappedTable {
  schemaName: string;
  tableName: string;
  columns: MappedColumn[];
}

/** A table mapping in use. */
export interface TableMapping {
  /** Whether the table is taken, and the filters that its rows must pass, all of them; undefined when it is not. */
  select: (schema: string, table: string, kind?: 'table' | 'view') => { filters: readonly SourceFilter[]; loadOrder: number } | undefined;
  /** What the table and its columns become. */
  map: (schema: string, table: string, columns: readonly string[]) => MappedTable;
}

/**
 * Reads a table mapping in DMS's format. Names are matched with case; `%` stands for any text, `_` for one character,
 * `[_]` or `[a-c]` for one of a set. Of the included tables the excluded are taken off, whatever the order of the rules.
 */
export function parseTableMapping(json: string): TableMapping {
  const rules = parseMappingRules(json);
  const selections = rules.filter((rule): rule is SelectionRule => rule['rule-type'] === 'selection').map((rule) => ({ rule, matches: tableMatcher(rule) }));
  const transformations = rules.filter((rule): rule is TransformationRule => rule['rule-type'] === 'transformation').map((rule) => ({
    rule,
    schema: wildcard(rule['object-locator']['schema-name']),
    table: wildcard(rule['object-locator']['table-name'] ?? '%'),
    column: wildcard(rule['object-locator']['column-name'] ?? '%'),
  }));
  const rulesFor = (target: TransformationRule['rule-target'], schema: string, table: string): typeof transformations =>
    transformations.filter((each) => each.rule['rule-target'] === target && each.schema.test(schema) && (target === 'schema' || each.table.test(table)));
  const mapName = (name: string, applied: typeof transformations): string => applied.reduce((present, { rule }) => applyNameAction(rule, present), name);

  return {
    select(schema, table, kind = 'table') {
      const matching = selections.filter(({ matches }) => matches(schema, table, kind)).map(({ rule }) => rule);
      if (matching.length === 0 || matching.some((rule) => rule['rule-action'] === 'exclude')) return undefined;
      return { filters: matching.flatMap((rule) => rule.filters ?? []), loadOrder: Math.max(...matching.map((rule) => Number(rule['load-order'] ?? 0))) };
    },
    map(schema, table, columns) {
      const columnRules = rulesFor('column', schema, table);
      const kept = columnRules.filter(({ rule }) => rule['rule-action'] === 'include-column');
      const mapped = columns.flatMap((source): MappedColumn[] => {
        const own = columnRules.filter(({ rule, column }) => rule['rule-action'] !== 'add-column' && column.test(source));
        const isRemoved = own.some(({ rule }) => rule['rule-action'] === 'remove-column') || (kept.length > 0 && !kept.some(({ column }) => column.test(source)));
        if (isRemoved) return [];
        const type = own.find(({ rule }) => rule['rule-action'] === 'change-data-type')?.rule['data-type']?.type;
        return [{ name: mapName(source, own), source, ...(type !== undefined && { type }) }];
      });
      for (const { rule } of columnRules) {
        if (rule['rule-action'] !== 'add-column') continue;
        mapped.push({ name: rule.value!, expression: rule.expression!, ...(rule['data-type'] && { type: rule['data-type'].type }) });
      }
      const twice = mapped.find(({ name }, index) => mapped.findIndex((other) => other.name === name) !== index);
      if (twice) throw new MappingError(`the table mapping gives ${schema}.${table} two columns ${twice.name}; expected each name once; correct its transformation rules`);
      return { schemaName: mapName(schema, rulesFor('schema', schema, table)), tableName: mapName(table, rulesFor('table', schema, table)), columns: mapped };
    },
  };
}

function tableMatcher({ 'object-locator': locator, 'rule-action': action }: SelectionRule): (schema: string, table: string, kind: string) => boolean {
  const type = locator['table-type'] ?? 'table';
  const exact = action === 'explicit';
  const schemaPattern = wildcard(locator['schema-name']);
  const tablePattern = wildcard(locator['table-name']);
  return (schema, table, kind) => (type === 'all' || type === kind)
    && (exact ? schema === locator['schema-name'] && table === locator['table-name'] : schemaPattern.test(schema) && tablePattern.test(table));
}

function wildcard(pattern: string): RegExp {
  const source = pattern.replace(/\[[^\]]+\]|[\s\S]/g, (part) => {
    if (part === '%') return '[\\s\\S]*';
    if (part === '_') return '[\\s\\S]';
    if (part.length > 1) return `[${part.slice(1, -1).replace(/[\\\]^]/g, '\\$&')}]`;
    return part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
  });
  return new RegExp(`^${source}$`);
}

function applyNameAction({ 'rule-action': action, value, 'old-value': oldValue }: TransformationRule, name: string): string {
  const given = value ?? '';
  const old = oldValue ?? given;
  const actions: Record<NameAction, () => string> = {
    rename: () => given,
    'convert-lowercase': () => name.toLowerCase(),
    'convert-uppercase': () => name.toUpperCase(),
    'add-prefix': () => given + name,
    'remove-prefix': () => (name.startsWith(old) ? name.slice(old.length) : name),
    'replace-prefix': () => (name.startsWith(old) ? given + name.slice(old.length) : name),
    'add-suffix': () => name + given,
    'remove-suffix': () => (name.endsWith(old) ? name.slice(0, name.length - old.length) : name),
    'replace-suffix': () => (name.endsWith(old) ? name.slice(0, name.length - old.length) + given : name),
  };
  return Object.hasOwn(actions, action) ? actions[action as NameAction]() : name;
}
