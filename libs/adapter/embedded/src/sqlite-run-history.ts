import type { Clock } from '@data-master/ports';
import type { LakeDatabase } from './lake-database.ts';

export type RunStatus = 'running' | 'succeeded' | 'failed' | 'aborted';

/** One execution of a state machine. */
export interface MachineRun {
  execution_id: string;
  machine: string;
  status: RunStatus;
  /** ISO 8601 in UTC with milliseconds. */
  started_at: string;
  ended_at: string | null;
  /** What the execution was started with, as JSON text. */
  input: string;
  error: string | null;
}

/** The executions of state machines on this machine, the newest thousand. */
export interface RunHistory {
  start(run: Pick<MachineRun, 'execution_id' | 'machine' | 'input'>): Promise<void>;
  end(executionId: string, status: Exclude<RunStatus, 'running'>, error?: string): Promise<void>;
  /** Marks as aborted what runs in processes that are gone. */
  abandon(isGone: (executionId: string) => boolean): Promise<void>;
  /** The newest runs first. */
  list(limit: number): Promise<MachineRun[]>;
}

const keptRuns = 1_000;

/** The run history in the lake's database. */
export function createSqliteRunHistory(database: LakeDatabase, clock: Clock): RunHistory {
  const now = () => clock.now().toISOString();
  const endSql = 'UPDATE machine_runs SET status = ?, ended_at = ?, error = ? WHERE execution_id = ?';
  return {
    start: ({ execution_id, machine, input }) =>
      database.write((sql) => {
        const { position } = sql(
          "INSERT INTO machine_runs (execution_id, machine, status, started_at, input) VALUES (?, ?, 'running', ?, ?) RETURNING position",
        ).get(execution_id, machine, now(), input) as { position: number };
        sql('DELETE FROM machine_runs WHERE position <= ?').run(position - keptRuns);
      }),
    end: (executionId, status, error) => database.write((sql) => void sql(endSql).run(status, now(), error ?? null, executionId)),
    async abandon(isGone) {
      const running = await database.read((sql) => sql("SELECT execution_id FROM machine_runs WHERE status = 'running'").all().map((row) => String(row['execution_id'])));
      const gone = running.filter(isGone);
      if (gone.length > 0) await database.write((sql) => gone.forEach((executionId) => sql(endSql).run('aborted', now(), 'its process ended', executionId)));
    },
    list: (limit) =>
      database.read((sql) =>
        sql('SELECT execution_id, machine, status, started_at, ended_at, input, error FROM machine_runs ORDER BY position DESC LIMIT ?')
          .all(limit)
          .map((row) => ({ ...row }) as unknown as MachineRun),
      ),
  };
}
