export { checkMachine } from './check-machine.ts';
export { machines, type MachineName, type MachineSubstitutions } from './machines.ts';
export { listStates, type JsonValue, type MachineBlock, type MachineDefinition, type MachineState, type NamedState } from './machine-definition.ts';
export { placeholdersOf, resolvePlaceholders } from './placeholders.ts';
