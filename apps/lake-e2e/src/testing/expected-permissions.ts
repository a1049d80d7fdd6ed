import type { Unused } from '../policies/judge.ts';

/** The roles whose functions, tasks, machines and pipes the story runs. */
export const judgedRoles = [
  'dm-processing-controller-role', 'dm-processing-controller-event-role', 'dm-pipe-role', 'dm-worker-role', 'dm-lambda-role', 'dm-silver-worker-role', 'dm-gold-worker-role',
  'dm-step-function-role', 'dm-processing-step-function-role', 'dm-analytics-step-function-role', 'dm-schedule-role',
] as const;

/** What no call of the story uses, role by role, with the reason why the role has it. */
export const unusedPermissions: Record<(typeof judgedRoles)[number], Unused[]> = Object.fromEntries(judgedRoles.map((role) => [role, []])) as never;
