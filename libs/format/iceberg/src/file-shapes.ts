import { UnsupportedFeatureError } from './errors.ts';
import type { LocalPaths } from './local-paths.ts';
import type { TableMetadata } from './metadata.ts';
import type { IcebergPorts } from './ports.ts';
import type { PlannedFile } from './snapshot-files.ts';
import { engineType, identifier, textLiteral } from './sql-text.ts';
import { allFields, childFields, type Field, type IcebergType } from './types.ts';

/** What is inside the nested columns of a file. */
export interface FileShape {
  /** The file's names of fields by id. */
  names: ReadonlyMap<number, string>;
  /** Single-valued fields that structs ever had, by the id of the field that is the struct. */
  members: ReadonlyMap<number, readonly Field[]>;
}

/** Shapes by path, of files for which they matter; the engine resolves top columns by id, but what is inside them by name. */
export type FileShapes = ReadonlyMap<string, FileShape>;

/** Reads the shapes of files when names inside nested columns have changed in the table's history, else none. */
export async function readFileShapes({ engine }: IcebergPorts, localPaths: LocalPaths, metadata: TableMetadata, files: readonly PlannedFile[]): Promise<FileShapes> {
  const mapped = metadata.properties['schema.name-mapping.default'] !== undefined;
  if (files.length === 0 || !(mapped || hasRenamedInside(metadata))) return new Map();
  const rows = await engine.rows(
    `SELECT file_name, name, field_id::INTEGER AS id FROM parquet_schema([${files.map(({ file }) => textLiteral(localPaths.of(file.filePath))).join(', ')}]) WHERE field_id IS NOT NULL`,
  );
  const shapes = new Map<string, Map<number, string>>(files.map(({ file }) => [file.filePath, new Map()]));
  for (const row of rows) shapes.get(localPaths.uriOf(String(row['file_name'])) ?? '')?.set(Number(row['id']), String(row['name']));
  for (const [path, shape] of shapes) {
    if (shape.size === 0) throw new UnsupportedFeatureError(path, 'columns without field ids', 'a file whose columns have field ids; rewrite it with the engine that added it');
  }
  if (!hasRenamedInside(metadata)) return new Map();
  const members = Map.groupBy(structMembers(metadata), ({ parent }) => parent.id);
  const fields = new Map([...members].map(([id, entries]) => [id, entries.map(({ field }) => field)]));
  return new Map([...shapes].map(([path, names]) => [path, { names, members: fields }]));
}

function structMembers({ schemas }: TableMetadata): { parent: Field; field: Field }[] {
  const all = schemas.flatMap((schema) => allFields(schema.fields));
  return all.flatMap((parent) => childFields(parent.type).flatMap((field) => (typeof field.type === 'string' ? [{ parent, field }] : [])));
}

/** Whether a field inside a nested column had several names, or a name there belonged to several fields. */
function hasRenamedInside({ schemas }: TableMetadata): boolean {
  const names = new Map<string, string>();
  const differs = (key: string, value: string): boolean => {
    const known = names.get(key);
    names.set(key, value);
    return known !== undefined && known !== value;
  };
  const visit = (parent: Field): boolean =>
    childFields(parent.type).map((field) => {
      const renamed = differs(`id ${field.id}`, field.name);
      const reused = differs(`name ${parent.id} ${field.name}`, String(field.id));
      return visit(field) || renamed || reused;
    }).includes(true);
  return schemas.map((schema) => schema.fields.map(visit).includes(true)).includes(true);
}

/** A text that is equal for shapes with which the fields are read in the same way. */
export function shapeKey(shape: FileShape | undefined, fields: readonly Field[]): string {
  if (!shape) return '';
  const names = (field: Field): unknown[] => childFields(field.type).map((child) => [shape.names.get(child.id) ?? null, names(child)]);
  return JSON.stringify(fields.map(names));
}

/** The fields as the file has them: its names inside nested columns, without what it lacks; columns that it lacks as they are. */
export function shapedFields(shape: FileShape | undefined, fields: readonly Field[]): Field[] {
  return shape ? fields.map((field) => shapedField(shape, field)) : [...fields];
}

function shapedField(shape: FileShape, field: Field): Field {
  const { type } = field;
  if (typeof type === 'string') return field;
  const children = childFields(type).flatMap((child): Field[] => {
    const name = type.type === 'struct' ? shape.names.get(child.id) : child.name;
    return name === undefined ? [] : [{ ...shapedField(shape, child), name }];
  });
  const [first, second] = children;
  if (type.type === 'list') return { ...field, type: { ...type, element: first?.type ?? type.element } };
  if (type.type === 'map') return { ...field, type: { ...type, key: first?.type ?? type.key, value: second?.type ?? type.value } };
  const members = first ? children : formerMembers(shape, field.id);
  return members.length === 0 ? field : { ...field, type: { type: 'struct', fields: members } };
}

/** A struct of which the file has no wanted field is read by a former one, which tells the rows that have a struct. */
function formerMembers({ names, members }: FileShape, id: number): Field[] {
  return (members.get(id) ?? []).flatMap((field) => (names.has(field.id) ? [{ ...field, name: names.get(field.id) ?? '' }] : [])).slice(-1);
}

/** SQL that gives a column read by `shapedFields` its wanted type. */
export function unshapeSql(shape: FileShape, type: IcebergType, value: string, depth = 0): string {
  if (typeof type === 'string') return value;
  const item = `v${depth}`;
  if (type.type === 'list') return `list_transform(${value}, lambda ${item}: ${unshapeSql(shape, type.element, item, depth + 1)})`;
  if (type.type === 'map') {
    const key = unshapeSql(shape, type.key, `${item}.key`, depth + 1);
    const mapped = unshapeSql(shape, type.value, `${item}.value`, depth + 1);
    return `map_from_entries(list_transform(map_entries(${value}), lambda ${item}: struct_pack("key" := ${key}, "value" := ${mapped})))`;
  }
  const parts = type.fields.map((field) => {
    const name = shape.names.get(field.id);
    const part = name === undefined ? `NULL::${engineType(field.type)}` : unshapeSql(shape, field.type, `(${value}).${identifier(name)}`, depth);
    return `${identifier(field.name)} := ${part}`;
  });
  return `CASE WHEN ${value} IS NULL THEN NULL ELSE struct_pack(${parts.join(', ')}) END`;
}
