import { commitWithRetry, type Attempt } from './attempts.ts';
import type { TableState } from './catalog.ts';
import type { TableContext } from './commit.ts';
import { writeDataFiles } from './data-files.ts';
import { measureDebt, targetFileSize, type TableDebt } from './debt.ts';
import { scopeKey } from './delete-files.ts';
import { InvalidArgumentError } from './errors.ts';
import { liveRowsSql, openRows } from './live-rows.ts';
import { fileContent } from './manifests.ts';
import { currentSchema, headOf, type Snapshot } from './metadata.ts';
import { bindSpec } from './partitions.ts';
import { bindPredicates, type Predicate } from './predicates.ts';
import { planFiles, type PlannedFile } from './snapshot-files.ts';
import { identifier } from './sql-text.ts';

export interface CompactOptions {
  /** Size that files should have; default the table's `write.target-file-size-bytes` (512 MiB). */
  targetFileSizeBytes?: number;
  /** Small files that a partition must have to be written anew; default 5. Files with deletes are always, small ones with them. */
  minInputFiles?: number;
  /** Restricts compaction to files that can hold rows which meet all conditions. */
  filter?: readonly Predicate[];
  /** Bytes of input after which a snapshot is committed, so that a crash loses that much work at most; default 4 GiB. */
  maxCommitBytes?: number;
  branch?: string;
}

export interface CompactResult {
  rewrittenFiles: number;
  rewrittenBytes: number;
  addedFiles: number;
  addedBytes: number;
  /** Delete files that applied to nothing any more. */
  removedDeleteFiles: number;
  snapshots: Snapshot[];
  before: TableDebt;
  after: TableDebt;
}

interface Rewrite {
  inputs: PlannedFile[];
  addedFiles: number;
  addedBytes: number;
}

/**
 * Writes small files together and files with deletes anew without the deleted rows; the rows of the table stay the same.
 * The new files count as being as old as what they were made of, so that an equality delete that another writer commits
 * meanwhile still applies to them; when position deletes come for an input, its part is compacted again.
 */
export async function compact(context: TableContext, start: TableState, options: CompactOptions): Promise<{ state: TableState; result: CompactResult }> {
  const targetBytes = options.targetFileSizeBytes ?? targetFileSize(start.metadata.properties);
  const minInputFiles = options.minInputFiles ?? 5;
  for (const [name, value] of Object.entries({ targetFileSizeBytes: targetBytes, minInputFiles })) {
    if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError(`compact, ${name}: found ${value}, expected a whole number from 1 on`);
  }
  let state = start;
  const before = await measureDebt(context, start, { targetFileSizeBytes: targetBytes });
  const rewrites: Rewrite[] = [];
  const snapshots: Snapshot[] = [];
  const done = new Set<string>();
  for (;;) {
    const committed = await commitWithRetry<Rewrite>(context, state, async (current, previous) => {
      if (previous && (await stillHolds(context, current, previous, options.branch))) return { attempt: previous, commit: true };
      const inputs = await selectInputs(context, current, { ...options, targetFileSizeBytes: targetBytes, minInputFiles }, done);
      const attempt = await rewrite(context, current, inputs, targetBytes, options.branch);
      return { attempt, commit: inputs.length > 0 };
    });
    state = committed.state;
    if (!committed.snapshot) break;
    snapshots.push(committed.snapshot);
    rewrites.push(committed.result);
    for (const key of committed.result.inputs.map(scopeKey)) done.add(key);
  }
  const sum = (measure: (rewrite: Rewrite) => number) => rewrites.reduce((total, entry) => total + measure(entry), 0);
  const result: CompactResult = {
    rewrittenFiles: sum(({ inputs }) => inputs.length),
    rewrittenBytes: sum(({ inputs }) => bytesOf(inputs)),
    addedFiles: sum(({ addedFiles }) => addedFiles),
    addedBytes: sum(({ addedBytes }) => addedBytes),
    removedDeleteFiles: snapshots.reduce((total, { summary }) => total + Number(summary['removed-delete-files'] ?? 0), 0),
    snapshots,
    before,
    after: await measureDebt(context, state, { targetFileSizeBytes: targetBytes }),
  };
  return { state, result };
}

function bytesOf(files: readonly PlannedFile[]): number {
  return files.reduce((sum, { file }) => sum + file.sizeBytes, 0);
}

type Selection = CompactOptions & { targetFileSizeBytes: number; minInputFiles: number };

/** The files of the next commit: whole partitions, none twice, up to the bytes of a commit. */
async function selectInputs({ reader }: TableContext, state: TableState, options: Selection, done: ReadonlySet<string>): Promise<PlannedFile[]> {
  const predicates = bindPredicates(currentSchema(state.metadata), options.filter ?? []);
  const planned = await planFiles(reader, state, headOf(state.metadata, options.branch), predicates);
  const maxBytes = options.maxCommitBytes ?? 4 * 1024 ** 3;
  const chosen: PlannedFile[] = [];
  for (const [key, files] of Map.groupBy(planned, scopeKey)) {
    if (done.has(key)) continue;
    const inputs = selectInPartition(files, options);
    if (inputs.length === 0) continue;
    if (chosen.length > 0 && bytesOf(chosen) + bytesOf(inputs) > maxBytes) break;
    chosen.push(...inputs);
  }
  return chosen;
}

function selectInPartition(files: readonly PlannedFile[], { targetFileSizeBytes, minInputFiles }: Selection): PlannedFile[] {
  const deleted = files.filter((file) => file.deletes.length > 0);
  const small = files.filter((file) => file.deletes.length === 0 && file.file.sizeBytes < 0.75 * targetFileSizeBytes);
  return deleted.length > 0 || small.length >= Math.max(2, minInputFiles) ? [...deleted, ...small] : [];
}

async function rewrite(context: TableContext, state: TableState, inputs: PlannedFile[], targetBytes: number, branch: string | undefined): Promise<Attempt<Rewrite>> {
  const { metadata } = state;
  const spec = bindSpec(metadata, metadata['default-spec-id'], state.metadataLocation);
  const { fields } = currentSchema(metadata);
  const names = fields.map((field) => identifier(field.name)).join(', ');
  const relation = inputs.length === 0 ? '' : liveRowsSql(await openRows(context.ports, metadata, inputs), fields);
  const sized = { ...metadata, properties: { ...metadata.properties, 'write.target-file-size-bytes': String(targetBytes) } };
  const added = inputs.length === 0 ? [] : await writeDataFiles(context.ports, sized, spec, `SELECT ${names} FROM ${relation}`);
  return {
    change: {
      added,
      spec,
      addedSequenceNumber: headOf(metadata, branch)?.['sequence-number'],
      removed: new Set(inputs.map(({ file }) => file.filePath)),
      operation: 'replace',
      branch,
      summary: {},
    },
    result: { inputs, addedFiles: added.length, addedBytes: added.reduce((sum, file) => sum + file.sizeBytes, 0) },
  };
}

/** Whether what was written still has exactly the rows of its inputs but for equality deletes that will apply to it as well. */
async function stillHolds({ reader }: TableContext, state: TableState, { change, result }: Attempt<Rewrite>, branch: string | undefined): Promise<boolean> {
  const planned = await planFiles(reader, state, headOf(state.metadata, branch), []);
  const live = new Map(planned.map((file) => [file.file.filePath, file]));
  return result.inputs.every((input) => {
    const applied = new Set(input.deletes.map(({ file }) => file.filePath));
    const later = live.get(input.file.filePath)?.deletes.filter(({ file }) => !applied.has(file.filePath));
    return later?.every(({ file, sequenceNumber }) => file.content === fileContent.equalityDeletes && sequenceNumber > (change.addedSequenceNumber ?? 0n)) ?? false;
  });
}
