import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beerLake } from '@data-master/beer-lake';
import { parseLakeConfig, type LakeConfigInput } from '@data-master/lake-config';
import { noArtifacts, type Artifacts } from '../artifacts.ts';
import { createLakeApp } from '../lake-app.ts';
import { planLake, type LakePlan } from '../lake-plan.ts';

export const account = '123456789012';
export const region = 'eu-central-1';
type EnvironmentInput = NonNullable<LakeConfigInput['environments']>[string];

const identity = (name: string): string => `arn:aws:iam::${account}:role/${name}`;

/** As little as an environment may say; as much, every optional part there; and what else may capture changes. */
export const configurations = {
  minimal: {},
  full: {
    zones: ['b', 'c'],
    engine: 'spark',
    deployerArn: identity('deployer'),
    alertEmail: 'lake@example.org',
    database: true,
    streaming: { capture: 'dms', loadedAt: '2026-01-31T12:00:00Z' },
    schedules: { breweries: '05:30' },
    network: { egress: 'nat' },
    retention: { rawDays: 90, bronzeDays: 365, quarantineDays: 365, logDays: 90 },
    lakeFormation: {
      administrators: [identity('deployer')],
      readers: [
        { principal: identity('analyst'), database: 'gold' },
        { principal: identity('steward'), database: 'silver', tables: ['profile', 'beer'], personalColumns: ['profile.profile_name'] },
      ],
    },
  },
  agent: { database: true, streaming: { capture: 'agent' } },
} as const satisfies Record<string, Partial<EnvironmentInput>>;

export type ConfigurationName = keyof typeof configurations;
export const configurationNames = Object.keys(configurations) as ConfigurationName[];

export function planOf(environment: Partial<EnvironmentInput>, artifacts: Artifacts = noArtifacts): LakePlan {
  return planLake(parseLakeConfig({ environments: { test: { account, region, ...environment } } }, 'test'), 'test', beerLake, artifacts);
}

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DependsOn?: string[];
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  Metadata?: unknown;
}

export interface Template {
  Description?: string;
  Resources: Record<string, Resource>;
  Outputs?: Record<string, unknown>;
}

/** The templates of a plan by stack name. */
export function synthesize(plan: LakePlan, context: Record<string, unknown> = {}): Record<string, Template> {
  const outdir = mkdtempSync(join(tmpdir(), 'dm-synth-'));
  try {
    createLakeApp(plan, { outdir, context }).synth();
    return readTemplates(outdir);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** The templates of a folder that CDK wrote. */
export function readTemplates(folder: string): Record<string, Template> {
  const suffix = '.template.json';
  return Object.fromEntries(readdirSync(folder).filter((name) => name.endsWith(suffix)).map((name) => [name.slice(0, -suffix.length), JSON.parse(readFileSync(join(folder, name), 'utf8')) as Template]));
}

/** Every resource of some templates with its stack and its id. */
export function listResources(templates: Record<string, Template>): { stack: string; id: string; resource: Resource }[] {
  return Object.entries(templates).flatMap(([stack, { Resources }]) => Object.entries(Resources).map(([id, resource]) => ({ stack, id, resource })));
}
