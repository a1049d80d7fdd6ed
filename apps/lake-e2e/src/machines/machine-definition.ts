import type { Resource } from '../template/deployment.ts';
import { isObject, requireObject, requireText, type Json, type JsonObject } from '../template/json.ts';

/** A task of a state machine: the name of its state and the service that it calls, `lambda:invoke`. */
export interface MachineTask {
  state: string;
  service: string;
}

/** The definition that a template deploys, with its substitutions in place; one that is left over is refused. */
export function readDefinition(machine: Resource): JsonObject {
  const properties = machine.properties();
  const substitutions = isObject(properties['DefinitionSubstitutions']) ? properties['DefinitionSubstitutions'] : {};
  const text = requireText(properties['DefinitionString'], `DefinitionString of ${machine.ref}`).replace(/\$\{([A-Za-z0-9_.]+)\}/g, (_match, name: string) => {
    const value = substitutions[name];
    if (typeof value !== 'string') throw new Error(`${machine.ref} has no value for \${${name}}; expected one among DefinitionSubstitutions`);
    return JSON.stringify(value).slice(1, -1);
  });
  return requireObject(JSON.parse(text) as Json, 'definition');
}

/** All tasks of a definition, those inside of Map and Parallel included. */
export function listTasks(definition: JsonObject): MachineTask[] {
  return Object.entries(requireObject(definition['States'], 'States')).flatMap(([state, value]) => {
    const fields = requireObject(value, state);
    const blocks = [fields['ItemProcessor'], ...(Array.isArray(fields['Branches']) ? fields['Branches'] : [])].filter(isObject);
    const own = fields['Type'] === 'Task' ? [{ state, service: requireText(fields['Resource'], `Resource of ${state}`).replace(/^arn:aws:states:::/, '') }] : [];
    return [...own, ...blocks.flatMap(listTasks)];
  });
}
