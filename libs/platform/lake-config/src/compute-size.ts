import { z } from 'zod';

/** Memory in MiB that Fargate offers for CPU units. */
const fargateMemory: Record<number, { from: number; to: number; step: number }> = {
  1024: { from: 2048, to: 8192, step: 1024 },
  2048: { from: 4096, to: 16_384, step: 1024 },
  4096: { from: 8192, to: 30_720, step: 1024 },
  8192: { from: 16_384, to: 61_440, step: 4096 },
  16384: { from: 32_768, to: 122_880, step: 8192 },
};

/** Size of a Lambda function. */
export function functionSize({ memoryMb, timeoutSeconds }: { memoryMb: number; timeoutSeconds: number }) {
  return z.strictObject({
    memoryMb: z.int().min(128).max(10_240).default(memoryMb).describe('MiB; processor share grows with it'),
    timeoutSeconds: z.int().min(1).max(900).default(timeoutSeconds).describe('seconds until it is ended'),
  }).prefault({});
}

/** Size of a Fargate task; only what Fargate offers is taken. */
export function taskSize({ cpu, memoryMb }: { cpu: number; memoryMb: number }) {
  return z.strictObject({
    cpu: z.int().default(cpu).describe('CPU units, 1024 for one vCPU'),
    memoryMb: z.int().default(memoryMb).describe('MiB'),
    diskGb: z.int().min(21).max(200).default(30).describe('GiB of scratch disk'),
  }).superRefine((size, context) => {
    const offered = fargateMemory[size.cpu];
    if (!offered) context.addIssue({ code: 'custom', path: ['cpu'], message: `one of ${Object.keys(fargateMemory).join(', ')}, which Fargate offers` });
    else if (size.memoryMb < offered.from || size.memoryMb > offered.to || size.memoryMb % offered.step !== 0) {
      context.addIssue({ code: 'custom', path: ['memoryMb'], message: `${offered.from} to ${offered.to} in steps of ${offered.step}, which Fargate offers for cpu ${size.cpu}` });
    }
  }).prefault({});
}

/** Most that an EMR Serverless application uses at one time. */
export function sparkSize() {
  return z.strictObject({
    vcpu: z.int().min(4).max(400).default(8).describe('most vCPUs at one time'),
    memoryGb: z.int().min(8).max(3000).default(32).describe('most GiB at one time'),
    idleMinutes: z.int().min(1).max(10_080).default(15).describe('minutes without a job until it stops'),
  }).superRefine(({ vcpu, memoryGb }, context) => {
    if (memoryGb < vcpu * 2 || memoryGb > vcpu * 8) context.addIssue({ code: 'custom', path: ['memoryGb'], message: `${vcpu * 2} to ${vcpu * 8}, which EMR Serverless offers for ${vcpu} vCPUs` });
  }).prefault({});
}

/** Least and most that Aurora Serverless v2 uses. */
export function databaseSize() {
  const units = (acu: number, least: number) => z.number().min(least).max(256).multipleOf(0.5).default(acu);
  return z.strictObject({
    minAcu: units(0.5, 0.5).describe('Aurora capacity units while idle, in halves; one is about 2 GiB'),
    maxAcu: units(1, 1).describe('most Aurora capacity units at one time'),
  }).superRefine(({ minAcu, maxAcu }, context) => {
    if (minAcu > maxAcu) context.addIssue({ code: 'custom', path: ['maxAcu'], message: `at least minAcu, ${minAcu}` });
  }).prefault({});
}
