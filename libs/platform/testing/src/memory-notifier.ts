import type { Notice, Notifier } from '@data-master/ports';

/** A notifier that keeps what it is told. */
export interface MemoryNotifier extends Notifier {
  readonly notices: Notice[];
}

export function createMemoryNotifier(): MemoryNotifier {
  const notices: Notice[] = [];
  return { notices, notify: async (notice) => void notices.push(structuredClone(notice)) };
}
