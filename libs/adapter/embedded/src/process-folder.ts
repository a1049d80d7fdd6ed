import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, isMissing } from './file-errors.ts';

const folderName = /^(\d+)-([0-9a-z]+)$/;
const unknownStart = '0';
/** Names this process, unlike any other that ran or will run on this machine: `<pid>-<start>`. */
export const processIdentity = processIdentityOf(process.pid);

/** A folder under `parent` that belongs to this process alone, mode 0700; made when absent. */
export async function makeProcessFolder(parent: string): Promise<string> {
  const folder = join(parent, processIdentity);
  await mkdir(parent, { recursive: true });
  await mkdir(folder, { mode: 0o700 }).catch(ignoreExisting);
  return folder;
}

/** Removes the folders under `parent` whose processes have ended; returns how many. */
export async function sweepProcessFolders(parent: string): Promise<number> {
  const names = await readdir(parent).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const dead = names.filter((name) => folderName.test(name) && !isProcessAlive(name));
  await Promise.all(dead.map((name) => rm(join(parent, name), { recursive: true, force: true })));
  return dead.length;
}

/** The identity of a living process. */
export function processIdentityOf(pid: number): string {
  return `${pid}-${startOf(pid) ?? unknownStart}`;
}

function ignoreExisting(error: unknown): void {
  if (errorCode(error) !== 'EEXIST') throw error;
}

/** Whether the process of this identity still runs on this machine. */
export function isProcessAlive(name: string): boolean {
  if (name === processIdentity) return true;
  const [, pid, start] = folderName.exec(name) ?? [];
  const actualStart = startOf(Number(pid));
  return actualStart !== undefined && (start === actualStart || start === unknownStart || actualStart === unknownStart);
}

/** When the process began, as a token that no other process of the same id has; undefined when there is none. */
function startOf(pid: number): string | undefined {
  if (process.platform === 'linux') return linuxStartOf(pid);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) === 'ESRCH') return undefined;
  }
  if (process.platform === 'win32') return unknownStart;
  try {
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' });
    return Date.parse(text).toString(36);
  } catch {
    return unknownStart;
  }
}

function linuxStartOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z') return undefined;
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
    return `${bootId}${Number(fields[19]).toString(36)}`;
  } catch (error) {
    if (isMissing(error) || errorCode(error) === 'ESRCH') return undefined;
    return unknownStart;
  }
}
