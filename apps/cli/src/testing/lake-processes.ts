import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 20;

/** Ids of the living processes that have a text among their arguments or in their environment. */
export async function processesWith(text: string): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(ids.map(async (id) => {
    const [args, environment] = await Promise.all(['cmdline', 'environ'].map((file) => readFile(`/proc/${id}/${file}`, 'utf8').catch(() => '')));
    return `${args}\0${environment}`.includes(text) ? [Number(id)] : [];
  }));
  return found.flat();
}

/** Returns when no such process is left, as an ended process tells only its parent. */
export async function noneLeft(text: string): Promise<void> {
  while ((await processesWith(text)).length > 0) await delay(pollMs, undefined, { ref: false });
}

/** Ends all such processes, whatever a failed test left. */
export async function endAll(text: string): Promise<void> {
  for (const id of await processesWith(text)) process.kill(id, 'SIGKILL');
  await noneLeft(text);
}
