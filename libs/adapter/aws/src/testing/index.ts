export { describeWithMoto } from './describe-with-moto.ts';
export { prepareMoto, startMoto, type Moto } from './moto.ts';
export { injectFaults, type Fault } from './faults.ts';
export { makeLakeResources, type LakeResources } from './lake-resources.ts';
export { openRequestGate, type GatedRequest, type RequestGate } from './request-gate.ts';
export { startLambda, startTask, type LambdaProcess, type LogLine, type ShellProcess } from './shell-processes.ts';
export { makeFirehoseStream, makeKinesisStream, makeQueue } from './ways-parts.ts';
