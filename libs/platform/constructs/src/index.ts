export { alertOn, alertPeriod, type AlertProps } from './alerts.ts';
export { DeadLetters, type DeadLettersProps } from './dead-letters.ts';
export { destroyDataContext, removalOf } from './deletion.ts';
export { lakeFlags } from './flags.ts';
export { LakeBucket, type LakeBucketProps } from './lake-bucket.ts';
export { codeTag, LakeFunction, unbuilt, type Bundle, type LakeFunctionProps } from './lake-function.ts';
export { LakeMachine, type LakeMachineProps } from './lake-machine.ts';
export { LakeTask, type LakeTaskProps } from './lake-task.ts';
export { acknowledge, AddedPermissions, LeastPrivilegeRole, type LeastPrivilegeRoleProps, type Permission } from './least-privilege-role.ts';
