import { TerminalError, type LocalFiles, type ObjectStore } from '@data-master/ports';

/** Which store holds the keys under a prefix. */
export type Routes<Target> = Record<string, Target>;

/** One object store out of several, each for the prefixes that it is named for. */
export function routeObjectStore(routes: Routes<ObjectStore>): ObjectStore {
  return {
    head: (key) => routeOf(routes, key).head(key),
    read: (key) => routeOf(routes, key).read(key),
    readRange: (key, start, end) => routeOf(routes, key).readRange(key, start, end),
    write: (key, body, options) => routeOf(routes, key).write(key, body, options),
    list: (prefix) => routeOf(routes, prefix).list(prefix),
    remove: (key) => routeOf(routes, key).remove(key),
  };
}

/** One access to local files out of several; scratch files are the first one's. */
export function routeLocalFiles(routes: Routes<LocalFiles>): LocalFiles {
  const first = Object.values(routes)[0]!;
  return {
    path: (key) => routeOf(routes, key).path(key),
    scratchPath: (fileName) => first.scratchPath(fileName),
    writeScratch: (fileName, body) => first.writeScratch(fileName, body),
    publish: (scratchPath, key, options) => routeOf(routes, key).publish(scratchPath, key, options),
    dispose: async () => {
      await Promise.all([...new Set(Object.values(routes))].map((files) => files.dispose()));
    },
  };
}

function routeOf<Target>(routes: Routes<Target>, key: string): Target {
  const prefix = Object.keys(routes).find((each) => key.startsWith(each));
  if (!prefix) throw new TerminalError(`key ${key} belongs to no bucket; expected it to begin with one of ${Object.keys(routes).join(', ')}`);
  return routes[prefix]!;
}
