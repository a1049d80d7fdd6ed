import { TerminalError, type Clock, type Queue, type Schedule, type Schedules } from '@data-master/ports';

interface Message<Body> {
  body: Body;
  visibleAtMs: number;
  receiveCount: number;
}

/** A queue in memory. */
export function createMemoryQueue<Body>(clock: Clock): Queue<Body> {
  const messages = new Map<string, Message<Body>>();
  const rejected: { messageId: string; body: Body; reason: string }[] = [];
  const nowMs = () => clock.now().getTime();
  return {
    async send(messageId, body, { delayMs = 0 } = {}) {
      if (!messages.has(messageId)) messages.set(messageId, { body: structuredClone(body), visibleAtMs: nowMs() + delayMs, receiveCount: 0 });
    },
    async receive({ limit, visibilityMs }) {
      const visible = [...messages].filter(([, message]) => message.visibleAtMs <= nowMs()).slice(0, limit);
      return visible.map(([messageId, message]) => {
        message.visibleAtMs = nowMs() + visibilityMs;
        message.receiveCount += 1;
        return { messageId, body: structuredClone(message.body), receiveCount: message.receiveCount };
      });
    },
    async acknowledge(messageId) {
      messages.delete(messageId);
    },
    async release(messageId, delayMs) {
      const message = messages.get(messageId);
      if (message) message.visibleAtMs = nowMs() + delayMs;
    },
    async reject(messageId, reason) {
      const message = messages.get(messageId);
      if (message) rejected.push({ messageId, body: message.body, reason });
      messages.delete(messageId);
    },
    size: async () => ({ waiting: messages.size, rejected: rejected.length }),
  };
}

export type MemoryScheduleState = Map<string, Schedule & { dueAtMs: number }>;

/** Schedules in memory; handing the same `state` to another instance is a restart. */
export function createMemorySchedules(clock: Clock, state: MemoryScheduleState = new Map()): Schedules {
  const dueAfterNow = ({ everyMs, offsetMs }: Schedule) => offsetMs + (Math.floor((clock.now().getTime() - offsetMs) / everyMs) + 1) * everyMs;
  return {
    async define(schedule) {
      if (!(schedule.everyMs > 0)) throw new TerminalError(`schedule ${schedule.name} is every ${schedule.everyMs} ms; expected more than 0; correct it`);
      const known = state.get(schedule.name);
      if (known?.everyMs === schedule.everyMs && known.offsetMs === schedule.offsetMs) return;
      state.set(schedule.name, { ...schedule, dueAtMs: dueAfterNow(schedule) });
    },
    due: async () =>
      [...state.values()]
        .filter(({ dueAtMs }) => dueAtMs <= clock.now().getTime())
        .sort((a, b) => a.dueAtMs - b.dueAtMs || (a.name < b.name ? -1 : 1))
        .map(({ name }) => name),
    async complete(name) {
      const schedule = state.get(name);
      if (!schedule) throw new TerminalError(`schedule ${name} is unknown; expected a defined one; define it first`);
      schedule.dueAtMs = dueAfterNow(schedule);
    },
  };
}
