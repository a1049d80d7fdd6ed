/** What people should know. */
export interface Notice {
  /** One line. */
  subject: string;
  message: string;
  /** Names and figures for whoever looks into it; no personal values. */
  fields?: Record<string, unknown>;
}

/** Tells people; what a channel cannot carry is changed or cut rather than refused. */
export interface Notifier {
  notify(notice: Notice): Promise<void>;
}
