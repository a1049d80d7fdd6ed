import type { FileIO } from '../ports.ts';

/** Whether a call fails before or after it took effect. */
export type Moment = 'before' | 'after';

/** Fails at the nth call that writes or removes, before or after it took effect; `dead` fails every call from then on. */
export function failingIO(io: FileIO, failAt: number, moment: Moment, dead: boolean, countRemoves = false): FileIO & { failed(): boolean } {
  let writes = 0;
  let failed = false;
  const alive = () => {
    if (failed && dead) throw new Error('process is gone');
  };
  const writing = async <T>(effect: () => Promise<T>): Promise<T> => {
    alive();
    const fails = ++writes === failAt;
    if (fails && moment === 'before') {
      failed = true;
      throw new Error('write failed');
    }
    const result = await effect();
    if (fails) {
      failed = true;
      throw new Error('write failed after taking effect');
    }
    return result;
  };
  const reading = async <T>(effect: () => Promise<T>): Promise<T> => {
    alive();
    return effect();
  };
  return {
    read: (uri) => reading(() => io.read(uri)),
    exists: (uri) => reading(() => io.exists(uri)),
    list: (uri) => reading(() => io.list(uri)),
    listFiles: (uri) => reading(async () => (await io.listFiles?.(uri)) ?? []),
    remove: (uri) => (countRemoves ? writing : reading)(() => io.remove(uri)),
    prepareFolder: (uri) => reading(() => io.prepareFolder(uri)),
    localPaths: (uris) => reading(() => io.localPaths(uris)),
    publishFiles: (uris) => writing(() => io.publishFiles(uris)),
    discardFolder: (uri) => reading(() => io.discardFolder(uri)),
    write: (uri, bytes) => writing(() => io.write(uri, bytes)),
    createExclusive: (uri, bytes) => writing(() => io.createExclusive(uri, bytes)),
    failed: () => failed,
  };
}
