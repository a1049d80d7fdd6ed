export { describeWithMoto } from './describe-with-moto.ts';
export { prepareMoto, startMoto, type Moto } from './moto.ts';
export { injectFaults, type Fault } from './faults.ts';
