import { TerminalError, type ObjectStore } from '@data-master/ports';
import { formatSchemaKey, openSchemaRepository, readSchemas, type SchemaSource } from './schema-repository.ts';

/**
 * Adds schemas to the repository of a store. A version that is there stays as it is, as events were written by it: another
 * schema of its number is a TerminalError, as is one that cannot be used, and nothing is added then.
 */
export async function publishSchemas(sources: readonly SchemaSource[], store: Pick<ObjectStore, 'list' | 'read' | 'write'>, prefix = 'schemas/'): Promise<void> {
  openSchemaRepository(sources);
  const present = new Map((await readSchemas(store, prefix)).map((source) => [formatSchemaKey(source), JSON.stringify(source.schema)]));
  const isNew = (source: SchemaSource): boolean => !present.has(formatSchemaKey(source));
  const changed = sources.find((source) => !isNew(source) && present.get(formatSchemaKey(source)) !== JSON.stringify(source.schema));
  if (changed) throw new TerminalError(`schema ${formatSchemaKey(changed)} is not the one that was published; expected the same, as events were written by it; add the change as version ${changed.version + 1}`);
  for (const source of sources.filter(isNew)) await store.write(`${prefix}${formatSchemaKey(source)}`, Buffer.from(`${JSON.stringify(source.schema, undefined, 2)}\n`));
}
