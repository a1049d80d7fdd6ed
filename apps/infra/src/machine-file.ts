import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { MachineName, MachineSubstitutions } from '@data-master/orchestration';

/** The text of a state machine's file, as it is. */
export function readMachine(name: MachineName): string {
  return readFileSync(fileURLToPath(import.meta.resolve(`@data-master/orchestration/${name}.asl.json`)), 'utf8');
}

/** Types a value for each placeholder of a machine. */
export const substitutionsOf = <Name extends MachineName>(_name: Name, values: MachineSubstitutions<Name>): MachineSubstitutions<Name> => values;
