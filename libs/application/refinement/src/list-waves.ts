import { TerminalError } from '@data-master/ports';
import type { LakeModel } from '@data-master/table-contracts';
import type { Layer } from './refinement-plan.ts';

/** The tables of a layer, or some of them, in waves: those of one wave do not read each other. */
export function listWaves(layer: Layer, model: LakeModel, tables?: readonly string[]): string[][] {
  const waves = (layer === 'gold' ? [model.gold] : [model.tables, model.derived]).map((wave) => wave.map((table) => table.name));
  const unknown = tables?.filter((name) => !waves.flat().includes(name)) ?? [];
  if (unknown.length > 0) throw new TerminalError(`${layer} has no table ${unknown.join(', ')}; expected some of ${waves.flat().join(', ')}`);
  return waves.map((wave) => wave.filter((name) => !tables || tables.includes(name))).filter((wave) => wave.length > 0);
}
