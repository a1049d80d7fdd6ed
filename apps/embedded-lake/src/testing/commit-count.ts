import { DatabaseSync } from 'node:sqlite';

/**
 * Counts the commits of this process to databases from now on. It kills itself right after the one that KILL_AFTER_COMMIT
 * says, or right before that of KILL_BEFORE_COMMIT, when all else of the step is done.
 */
export function countCommits(): () => number {
  const [killAfter, killBefore] = ['KILL_AFTER_COMMIT', 'KILL_BEFORE_COMMIT'].map((name) => Number(process.env[name] ?? Infinity));
  let commits = 0;
  const execute = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, 'exec')?.value as (this: DatabaseSync, sql: string) => void;
  DatabaseSync.prototype.exec = function (sql: string) {
    if (sql !== 'COMMIT') return void execute.call(this, sql);
    commits += 1;
    if (commits === killBefore) process.kill(process.pid, 'SIGKILL');
    execute.call(this, sql);
    if (commits === killAfter) process.kill(process.pid, 'SIGKILL');
  };
  return () => commits;
}
