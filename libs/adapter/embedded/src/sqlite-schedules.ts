import { TerminalError, type Clock, type Schedule, type Schedules } from '@data-master/ports';
import type { LakeDatabase } from './lake-database.ts';

/** Schedules in the lake's database; a definition that changes is due at its next time after now. */
export function createSqliteSchedules(database: LakeDatabase, clock: Clock): Schedules {
  const now = () => clock.now().getTime();
  return {
    async define(schedule) {
      checkSchedule(schedule);
      await database.write((sql) => {
        sql(
          `INSERT INTO schedules (name, every_ms, offset_ms, due_at_ms) VALUES (?, ?, ?, ?)
           ON CONFLICT (name) DO UPDATE SET every_ms = excluded.every_ms, offset_ms = excluded.offset_ms, due_at_ms = excluded.due_at_ms
           WHERE every_ms <> excluded.every_ms OR offset_ms <> excluded.offset_ms`,
        ).run(schedule.name, schedule.everyMs, schedule.offsetMs, nextDueMs(schedule, now()));
      });
    },
    due: () =>
      database.read((sql) =>
        sql('SELECT name FROM schedules WHERE due_at_ms <= ? ORDER BY due_at_ms, name')
          .all(now())
          .map((row) => String(row['name'])),
      ),
    complete: (name) =>
      database.write((sql) => {
        const row = sql('SELECT every_ms, offset_ms FROM schedules WHERE name = ?').get(name);
        if (!row) throw new TerminalError(`schedule ${name} is unknown; expected a defined one; define it first`);
        const schedule = { everyMs: Number(row['every_ms']), offsetMs: Number(row['offset_ms']) };
        sql('UPDATE schedules SET due_at_ms = ? WHERE name = ?').run(nextDueMs(schedule, now()), name);
      }),
  };
}

/** The first due time after `nowMs`. */
function nextDueMs({ everyMs, offsetMs }: Pick<Schedule, 'everyMs' | 'offsetMs'>, nowMs: number): number {
  return offsetMs + (Math.floor((nowMs - offsetMs) / everyMs) + 1) * everyMs;
}

function checkSchedule({ name, everyMs, offsetMs }: Schedule): void {
  if (Number.isSafeInteger(everyMs) && everyMs > 0 && Number.isSafeInteger(offsetMs)) return;
  throw new TerminalError(`schedule ${name} is every ${everyMs} ms at ${offsetMs} ms; expected whole milliseconds, the first positive; correct it`);
}
