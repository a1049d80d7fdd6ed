import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contractModes, type ContractMode } from '@data-master/change-events';
import { homeLayout } from '@data-master/embedded';
import type { EmbeddedLake } from '@data-master/embedded-lake';
import { TerminalError } from '@data-master/ports';
import { z } from 'zod';

const sourceSchema = z.object({
  /** Without its password. */
  url: z.string(),
  /** Environment variable that holds the password; without one it is a secret of the lake, if there is any. */
  passwordVariable: z.string().optional(),
  /** Paths of documents in the formats of DMS, read at each start. */
  mapping: z.string().optional(),
  settings: z.string().optional(),
  contractMode: z.enum(contractModes),
});

export type SourceDefinition = z.infer<typeof sourceSchema>;
export interface Source extends SourceDefinition {
  name: string;
}

export const sourceNamePattern = /^[a-z][a-z0-9_]{0,50}$/;
/** `scheme://user:password@`; the rest of the URL stays as it is. */
const credentials = /^([a-z][a-z0-9+.-]*:\/\/[^:@/?#]*)(?::([^@/?#]*))?@/;
const secretOf = (name: string): string => `source-${name.replaceAll('_', '-')}`;

/** The databases and logs that a lake takes changes from, by names of its own. */
export interface SourceRegistry {
  /** Keeps a source; its password goes to the secrets of the lake. A name that is taken is a TerminalError. */
  add: (name: string, definition: { url: string; passwordVariable?: string; mapping?: string; settings?: string; contractMode: ContractMode }) => Promise<void>;
  list: () => Promise<Source[]>;
  get: (name: string) => Promise<Source>;
  /** The URL with the password in it. */
  urlOf: (source: Source) => Promise<string>;
  /** Forgets a source, its password and how far it was read. */
  remove: (name: string) => Promise<void>;
}

export function openSourceRegistry({ home, secrets }: Pick<EmbeddedLake, 'home' | 'secrets'>): SourceRegistry {
  const folder = homeLayout(home).sources;
  const pathOf = (name: string): string => join(folder, `${name}.json`);
  const names = async (): Promise<string[]> => (await readdir(folder).catch(() => [])).filter((file) => /^[a-z].*\.json$/.test(file)).map((file) => file.slice(0, -'.json'.length)).sort();

  const get = async (name: string): Promise<Source> => {
    const text = await readFile(pathOf(name), 'utf8').catch(async () => {
      const known = await names();
      throw new TerminalError(`there is no source ${name}; expected ${known.length > 0 ? `one of ${known.join(', ')}` : 'one that was added'}; add it: dm source add ${name} URL`);
    });
    return { name, ...readDefinition(text, pathOf(name)) };
  };

  return {
    get,
    async add(name, { url, ...rest }) {
      if ((await names()).includes(name)) throw new TerminalError(`source ${name} is there already; expected a name that is free; remove it first: dm source remove ${name}`);
      const { plain, password } = splitPassword(url);
      if (password && rest.passwordVariable === undefined) await secrets.write(secretOf(name), Buffer.from(password));
      await mkdir(folder, { recursive: true });
      const draft = join(folder, `.${name}`);
      await writeFile(draft, `${JSON.stringify(sourceSchema.parse({ url: plain, ...rest }), null, 2)}\n`, { flush: true });
      await rename(draft, pathOf(name));
    },
    list: async () => Promise.all((await names()).map(get)),
    async urlOf({ name, url, passwordVariable }) {
      const password = passwordVariable === undefined ? await secrets.read(secretOf(name)).then((secret) => secret && Buffer.from(secret).toString()) : process.env[passwordVariable];
      if (passwordVariable !== undefined && password === undefined) throw new TerminalError(`${passwordVariable} is not set; expected the password of source ${name}; set it in the environment`);
      return password === undefined ? url : joinPassword(url, password);
    },
    async remove(name) {
      await get(name);
      await rm(join(homeLayout(home).stage, 'replication', name), { recursive: true, force: true });
      await secrets.remove(secretOf(name));
      await rm(pathOf(name), { force: true });
    },
  };
}

/** A URL without its password, and the password in clear. Inverse of `joinPassword`. */
export function splitPassword(url: string): { plain: string; password: string | undefined } {
  const encoded = credentials.exec(url)?.[2];
  return { plain: url.replace(credentials, '$1@'), password: encoded === undefined ? undefined : decodeURIComponent(encoded) };
}

export function joinPassword(plain: string, password: string): string {
  return plain.replace(credentials, (_match, user: string) => `${user}:${encodeURIComponent(password)}@`);
}

function readDefinition(text: string, path: string): SourceDefinition {
  try {
    return sourceSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new TerminalError(`${path} is no source: ${error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message}; expected what dm source add wrote; remove the file and add the source again`);
  }
}
