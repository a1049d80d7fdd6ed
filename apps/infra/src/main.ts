import { join } from 'node:path';
import { beerLake } from '@data-master/beer-lake';
import { loadLakeConfig } from '@data-master/lake-config';
import { readArtifacts } from './artifacts.ts';
import { createLakeApp } from './lake-app.ts';
import { planLake } from './lake-plan.ts';

/** What the CDK command line runs: it names the environment by `-c environment=NAME` and another configuration by `-c config=FILE`. */
const workspace = join(import.meta.dirname, '..', '..', '..');
const context = JSON.parse(process.env['CDK_CONTEXT_JSON'] ?? '{}') as Record<string, string | undefined>;
const config = await loadLakeConfig({ folder: workspace, file: context['config'] });
createLakeApp(planLake(config, context['environment'] ?? 'dev', beerLake, readArtifacts(join(workspace, 'dist')))).synth();
