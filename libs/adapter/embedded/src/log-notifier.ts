import type { Logger, Notifier } from '@data-master/ports';

/** Notices as lines of the log: event `lake.notice`, level error. */
export function createLogNotifier(logger: Logger): Notifier {
  return { notify: async ({ subject, message, fields }) => logger.log('error', 'lake.notice', { ...fields, subject, message }) };
}
