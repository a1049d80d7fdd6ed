/** A JSON value as state machines pass it between states. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue };

/** A state in the Amazon States Language, with the fields that this package looks at. */
export interface MachineState {
  Type: string;
  Resource?: string;
  Parameters?: JsonValue;
  Next?: string;
  Default?: string;
  End?: boolean;
  TimeoutSeconds?: number;
  Retry?: { ErrorEquals: string[]; IntervalSeconds?: number; BackoffRate?: number; MaxAttempts?: number }[];
  Catch?: { ErrorEquals: string[]; ResultPath?: string; Next: string }[];
  ItemProcessor?: MachineBlock & { ProcessorConfig?: { Mode: string } };
  Branches?: MachineBlock[];
  [field: string]: unknown;
}

/** States with a beginning: a machine, or what a Map runs for each item. */
export interface MachineBlock {
  StartAt: string;
  States: Record<string, MachineState>;
}

export interface MachineDefinition extends MachineBlock {
  Comment?: string;
  TimeoutSeconds?: number;
}

/** A state with its name and the definition that it stands in. */
export interface NamedState {
  name: string;
  state: MachineState;
  block: MachineBlock;
}

/** All states of a machine, those inside Map and Parallel included. */
export function listStates(block: MachineBlock): NamedState[] {
  return Object.entries(block.States).flatMap(([name, state]) => [
    { name, state, block },
    ...[state.ItemProcessor, ...(state.Branches ?? [])].flatMap((inner) => (inner ? listStates(inner) : [])),
  ]);
}
