import type { FileIO } from '@data-master/iceberg';

const changing = new Set<string | symbol>(['write', 'createExclusive', 'remove', 'publishFiles', 'discardFolder']);

/** A FileIO whose nth change fails, before or after it took effect; the process is gone from then on: every call fails. */
export function dyingIO(io: FileIO, failAt: number, moment: 'before' | 'after'): { io: FileIO; died: () => boolean } {
  let changes = 0;
  let dead = false;
  const wrapped = new Proxy(io, {
    get(target, name) {
      const call = Reflect.get(target, name) as ((...args: unknown[]) => unknown) | undefined;
      if (typeof call !== 'function') return call;
      return (...args: unknown[]) => {
        if (dead) return Promise.reject(new Error('the process is gone'));
        const fails = changing.has(name) && (changes += 1) === failAt;
        if (!fails) return call.apply(target, args);
        dead = true;
        const effect = moment === 'after' ? Promise.resolve(call.apply(target, args)) : Promise.resolve();
        return effect.then(() => Promise.reject(new Error(`${String(name)} died ${moment} its effect`)));
      };
    },
  });
  return { io: wrapped, died: () => dead };
}
