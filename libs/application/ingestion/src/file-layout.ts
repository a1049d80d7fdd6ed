import { layoutKeyOf, parseRawKey } from '@data-master/medallion-paths';
import { ObjectMissingError, TerminalError, type ObjectStore } from '@data-master/ports';
import { changeColumns, layoutProblem, rawColumns, type FileLayout, type LakeModel } from '@data-master/table-contracts';
import { z } from 'zod';

const maximumLayoutBytes = 64 * 1024;

const times = z.record(z.string(), z.string()).optional();
const layoutSchema = z.strictObject({
  sheet: z.string().min(1).optional(),
  lines: z.union([z.strictObject({ pattern: z.string(), times }), z.strictObject({ widths: z.record(z.string(), z.int().positive()), times })]).optional(),
});

/** How a raw object is to be read. */
export interface ObjectLayout {
  layout?: FileLayout;
  /** The layout that lies beside the object itself, as it is written. */
  own?: string;
}

/** The layout of a raw object: as the one that lies beside it says, else as its table does. A layout that does not fit is a TerminalError. */
export async function readLayout(rawKey: string, { store, model }: { store: ObjectStore; model: LakeModel }): Promise<ObjectLayout> {
  const table = model.tables.find(({ name }) => name === parseRawKey(rawKey)?.table);
  if (!table) return {};
  const own = await readText(layoutKeyOf(rawKey), store);
  if (own === undefined) return table.layout ? { layout: table.layout } : {};
  return { own, layout: { ...table.layout, ...parseLayout(own, layoutKeyOf(rawKey), [...rawColumns(table), ...changeColumns]) } };
}

/** Reads a layout from JSON and holds it against the columns of its table. */
export function parseLayout(text: string, name: string, columns: Parameters<typeof layoutProblem>[1]): FileLayout {
  const parsed = layoutSchema.safeParse(jsonOf(text));
  const problem = parsed.success ? layoutProblem(parsed.data, columns) : z.prettifyError(parsed.error).replaceAll('\n', ' ');
  if (!parsed.success || problem !== undefined) throw new TerminalError(`layout ${name} ${problem}; expected {"sheet": …} or {"lines": {"pattern": …}} for its table; correct it`);
  return parsed.data;
}

async function readText(key: string, store: ObjectStore): Promise<string | undefined> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const piece of store.read(key)) {
      pieces.push(piece);
      sizeBytes += piece.length;
      if (sizeBytes > maximumLayoutBytes) throw new TerminalError(`layout ${key} has more than ${maximumLayoutBytes} bytes; expected a few lines of JSON; write it again`);
    }
  } catch (error) {
    if (error instanceof ObjectMissingError) return undefined;
    throw error;
  }
  return Buffer.concat(pieces).toString();
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
