/** What is to be known of files of a table that their content does not tell. */
export interface FileLayout {
  /** Sheet of a workbook; the first visible one when absent. */
  sheet?: string;
  /** Text files hold a record in each line, in this form, instead of CSV or NDJSON. */
  lines?: LineLayout;
}

/** The form of a line: a regular expression of RE2 for the whole of it, with a group named for each column, or widths in characters, one column after the other. */
export type LineLayout = ({ pattern: string } | { widths: Readonly<Record<string, number>> }) & {
  /** How times of a column are written, as `dd/MMM/yyyy:HH:mm:ss Z`, where a contract would not read them. */
  times?: Readonly<Record<string, string>>;
};

/** The columns that a layout of lines finds in a line. */
export function layoutColumns(lines: LineLayout): string[] {
  if ('widths' in lines) return Object.keys(lines.widths);
  return [...lines.pattern.matchAll(/(?<!\\)\(\?P?<([A-Za-z_][A-Za-z0-9_]*)>/g)].map(([, name]) => name!);
}

/** Why a layout does not fit a table of these columns, if so. */
export function layoutProblem({ sheet, lines }: FileLayout, columns: readonly { name: string; required: boolean }[]): string | undefined {
  if (sheet === '') return 'names the sheet ""; expected its name';
  if (!lines) return undefined;
  const found = layoutColumns(lines);
  const names = columns.map(({ name }) => name);
  const unknown = [...found, ...Object.keys(lines.times ?? {})].find((name) => !names.includes(name));
  if (unknown !== undefined) return `finds ${unknown} in a line; expected columns of the table: ${names.join(', ')}`;
  const missing = columns.find(({ name, required }) => required && !found.includes(name));
  if (missing) return `does not find ${missing.name} in a line; expected ${'pattern' in lines ? `a group (?<${missing.name}>…)` : 'its width'}, as the column is required`;
  const width = 'widths' in lines ? Object.entries(lines.widths).find(([, each]) => !(Number.isInteger(each) && each > 0)) : undefined;
  return width && `gives ${width[0]} the width ${width[1]}; expected a whole number from 1`;
}
