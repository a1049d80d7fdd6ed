import { controlRecordSchema } from '@data-master/control-records';
import type { ControlChange } from './control-store.ts';
import { TerminalError } from './errors.ts';

const maxChanges = 100;

/** Throws a TerminalError unless the changes can be one commit of every control store. */
export function checkControlChanges(changes: ControlChange[]): void {
  if (changes.length > maxChanges) {
    throw new TerminalError(`commit of ${changes.length} control changes; expected at most ${maxChanges}; split it`);
  }
  for (const change of changes) {
    const record = 'insert' in change ? change.insert : change.next;
    const { success, error } = controlRecordSchema.safeParse(record);
    if (!success) {
      const problems = error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
      throw new TerminalError(`control record ${record.control_id} is invalid (${problems}); expected the fields of controlRecordSchema; correct it`);
    }
    if ('previous' in change && (change.next.version !== change.previous.version + 1 || change.next.control_id !== change.previous.control_id)) {
      throw new TerminalError(
        `control record ${change.next.control_id} has version ${change.next.version}; expected ${change.previous.version + 1} of ` +
          `${change.previous.control_id}; make the next record by a transition`,
      );
    }
  }
}
