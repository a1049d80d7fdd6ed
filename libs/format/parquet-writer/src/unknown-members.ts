import type { UnknownKind } from './convert-command.ts';
import type { OnUnknown } from './json-judge.ts';

const maximumNames = 200;

/** Collects the names of members that were left out, and how their values are written: by the first that is not null. */
export function collectUnknown(): { unknown: Record<string, UnknownKind>; onUnknown: OnUnknown } {
  const kinds = new Map<string, UnknownKind>();
  return {
    get unknown() { return Object.fromEntries(kinds); },
    onUnknown(name, kind) {
      const known = kinds.get(name);
      if (known === undefined ? kinds.size < maximumNames : known === 'null') kinds.set(name, kind);
    },
  };
}
