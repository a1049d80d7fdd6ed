import type { ControlRecord } from '@data-master/control-records';

/** Facts that start a next step; `id` is unique, so that a repeated delivery is recognised. */
export type LakeEvent =
  | { type: 'object.created'; id: string; objectKey: string; sizeBytes: number }
  /** A record became pending, by insertion, back-off, hand-back or retry; the id is `<control_id>:<version>`. */
  | { type: 'control.pending'; id: string; record: ControlRecord };

/** Events waiting to be relayed, written in the commit of the change that caused them. */
export interface Outbox {
  /** An event whose id is still pending is not added again. */
  append(events: LakeEvent[]): Promise<void>;
  /** The oldest events that are not yet acknowledged, in the order of their commits. */
  pending(limit: number): Promise<LakeEvent[]>;
  acknowledge(eventIds: string[]): Promise<void>;
}

export interface QueueMessage<Body> {
  messageId: string;
  body: Body;
  /** How often it was received, this time included. */
  receiveCount: number;
}

/** Messages delivered at least once, hidden from other receivers until acknowledged or until the visibility ends. */
export interface Queue<Body> {
  /** A message of a known `messageId` that is still in the queue (not acknowledged, not rejected) is not added again. */
  send(messageId: string, body: Body, options?: { delayMs?: number }): Promise<void>;
  /** Visible messages in the order in which they were sent. */
  receive(options: { limit: number; visibilityMs: number }): Promise<QueueMessage<Body>[]>;
  acknowledge(messageId: string): Promise<void>;
  /** Makes the message visible again after `delayMs`. */
  release(messageId: string, delayMs: number): Promise<void>;
  /** Puts the message aside with the reason, out of reach of `receive`. */
  reject(messageId: string, reason: string): Promise<void>;
  /** `waiting` counts what is neither acknowledged nor rejected, hidden messages included. */
  size(): Promise<{ waiting: number; rejected: number }>;
}

/** A recurring task: due every `everyMs`, aligned to `offsetMs` past midnight UTC of 1970-01-01. */
export interface Schedule {
  name: string;
  everyMs: number;
  offsetMs: number;
}

/** Recurring tasks that survive a restart; one that fell due while the lake was down is due once at the next look. */
export interface Schedules {
  define(schedule: Schedule): Promise<void>;
  /** Names that are due, in the order of their due time. */
  due(): Promise<string[]>;
  /** The task ran: the next due time is the first one after now. */
  complete(name: string): Promise<void>;
}
