import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { formatFigures, formatMarkdown, meetsTarget, type Figure } from './harness/figure.ts';
import type { Measure } from './measurements/context.ts';
import { measureEngines } from './measurements/engines.ts';
import { measureEvents } from './measurements/events.ts';
import { measureFiles } from './measurements/files.ts';
import { measureIngest } from './measurements/ingest.ts';
import { measureLake } from './measurements/lake.ts';
import { measureMerge } from './measurements/merge.ts';
import { measureReplication } from './measurements/replication.ts';
import { measureScale } from './measurements/scale.ts';
import { parseOptions, usage, type BenchmarkOptions, type MeasurementName } from './options.ts';

const measurements: Record<MeasurementName, Measure> = {
  ingest: measureIngest, scale: measureScale, engines: measureEngines, files: measureFiles, lake: measureLake, merge: measureMerge, events: measureEvents, replication: measureReplication,
};

interface Failure {
  measurement: MeasurementName;
  reason: string;
}

/** Runs the wanted measurements one after the other, each in a folder that is removed after it. */
async function measureAll({ sizes, fullSize, scale, only }: BenchmarkOptions, root: string): Promise<{ figures: Figure[]; failures: Failure[]; leftOut: Failure[] }> {
  const figures: Figure[] = [];
  const failures: Failure[] = [];
  const leftOut: Failure[] = [];
  for (const measurement of only) {
    if (measurement === 'scale' && scale === 1) continue;
    const folder = join(root, measurement);
    await mkdir(folder);
    try {
      figures.push(...await measurements[measurement]({
        sizes, scale, folder,
        target: (atMost) => (fullSize ? { target: atMost } : {}),
        leftOut: (reason) => void leftOut.push({ measurement, reason }),
        say: (text) => void process.stderr.write(`${text}\n`),
      }));
    } catch (error) {
      failures.push({ measurement, reason: error instanceof Error ? error.message : String(error) });
    }
    await rm(folder, { recursive: true, force: true });
  }
  return { figures, failures, leftOut };
}

async function main(options: BenchmarkOptions): Promise<void> {
  const loadBefore = loadavg()[0] ?? 0;
  const root = await mkdtemp(join(tmpdir(), 'dm-benchmark-'));
  try {
    const { figures, failures, leftOut } = await measureAll(options, root);
    if (figures.length > 0) process.stdout.write(`${formatFigures(figures)}\n`);
    for (const { measurement, reason } of leftOut) process.stdout.write(`${measurement} is measured in part: ${reason}\n`);
    for (const { measurement, reason } of failures) process.stdout.write(`${measurement} could not be measured: ${reason}\n`);
    const out = resolve(options.out);
    await mkdir(dirname(out), { recursive: true });
    await writeFile(out, `${JSON.stringify({ loadBefore, ...describeRun(options, figures), failures, leftOut }, null, 2)}\n`);
    if (options.markdown !== undefined) await writeFile(resolve(options.markdown), describeMarkdown(options, figures, loadBefore));
    process.stdout.write(`Results in ${out}\n`);
    process.exitCode = failures.length > 0 ? 1 : 0;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function describeMachine() {
  return {
    processors: availableParallelism(), processor: cpus()[0]?.model.trim() ?? 'unknown', memoryMb: Math.round(totalmem() / 2 ** 20),
    platform: `${process.platform}-${process.arch}`, node: process.versions.node,
  };
}

function describeMarkdown({ fullSize }: BenchmarkOptions, figures: readonly Figure[], loadBefore: number): string {
  const { processors, processor, memoryMb, platform, node } = describeMachine();
  return `# Measured figures

Written by \`npx nx run benchmark:bench -- --markdown docs/benchmarks.md\` on ${new Date().toISOString().slice(0, 10)}${fullSize ? '' : ', with small sizes'}: ${processors} processors (${processor}), ${Math.round(memoryMb / 1024)} GB, ${platform}, Node ${node}, load before ${loadBefore.toFixed(2)}. [apps/benchmark](../apps/benchmark/README.md) says how.

${formatMarkdown(figures)}
`;
}

function describeRun({ sizes, fullSize, scale }: BenchmarkOptions, figures: readonly Figure[]): object {
  return {
    measuredAt: new Date().toISOString(),
    machine: describeMachine(),
    sizes, fullSize, scale,
    figures: figures.map((figure) => ({ ...figure, met: meetsTarget(figure) ?? null })),
  };
}

let options: BenchmarkOptions | undefined;
try {
  options = parseOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${usage}\n`);
  process.exitCode = 2;
}
if (options) await main(options);
