import type { Column } from './columns.ts';
import { lakeTables, type LakeModel } from './lake-model.ts';
import { bronzeColumns, type SourceTable } from './source-table.ts';

/** The data dictionary of a lake as Markdown: file name → content, one file per layer. */
export function emitDataDictionary(model: LakeModel): Record<string, string> {
  const bronze = model.tables.map((table) => section(`bronze/${table.name}`, table.doc, bronzeColumns(table).map((column) => withPath(table, column)), [`Key: ${table.primaryKey.join(', ')}`]));
  const refined = (layer: 'silver' | 'gold'): string[] =>
    lakeTables(model)
      .filter((table) => table.layer === layer)
      .map((table) => section(`${layer}.${table.name}`, table.doc, table.columns, [
        `Key: ${table.key.join(', ')}`,
        `Partitioned by: ${table.partitionBy.length ? table.partitionBy.join(', ') : 'nothing'}`,
        ...parameterLine(model, layer, table.name),
      ]));
  return {
    'bronze.md': page('Bronze', 'One Parquet file per raw object; personal columns are treated.', bronze),
    'silver.md': page('Silver', 'Iceberg tables: the present state of each row, deletes kept as marks.', refined('silver')),
    'gold.md': page('Gold', 'Iceberg tables that people query.', refined('gold')),
  };
}

function withPath(table: SourceTable, column: Column): Column {
  const path = table.columns[column.name]?.path;
  return path === undefined ? column : { ...column, doc: `${column.doc}; \`${path}\` of the record` };
}

function parameterLine(model: LakeModel, layer: string, name: string): string[] {
  const parameters = Object.entries(layer === 'gold' ? (model.gold.find((table) => table.name === name)?.parameters ?? {}) : {});
  return parameters.length ? [`Parameters: ${parameters.map(([key, value]) => `${key} = ${value}`).join(', ')}`] : [];
}

function page(title: string, text: string, sections: string[]): string {
  return `# ${title}\n\nGenerated from the table contracts by \`node tools/generate.mjs\`; do not edit.\n\n${text}\n\n${sections.join('\n')}`;
}

function section(title: string, doc: string, columns: readonly Column[], facts: string[]): string {
  const rows = columns.map(({ id, name, type, required, doc: text, pii }) => `| ${id} | \`${name}\` | ${type} | ${required ? 'yes' : ''} | ${pii ? `${pii.kind}: ${pii.treatment}` : ''} | ${text} |`);
  return `## ${title}\n\n${doc}.\n\n${facts.map((fact) => `- ${fact}\n`).join('')}\n| id | column | type | required | personal | meaning |\n|---|---|---|---|---|---|\n${rows.join('\n')}\n`;
}
