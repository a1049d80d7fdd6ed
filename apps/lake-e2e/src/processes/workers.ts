import { join } from 'node:path';
import type { Resource } from '../template/deployment.ts';
import { asList, isObject, requireObject, requireText, toText, type Json, type JsonObject } from '../template/json.ts';
import type { FunctionSettings } from './function-pool.ts';
import type { TaskSettings } from './task-run.ts';

/** What a process gets besides what its template says: the way to the stand-in for AWS and the credentials of its role. */
export interface ProcessAccess {
  endpoint: string;
  region: string;
  accessKeyOf: (roleArn: string) => string;
  /** Folder with `lambda/<app>/handler.mjs` and `task/<app>/main.mjs`. */
  bundles: string;
  /** Folder of the packages that a layer or an image carries beside the bundle. */
  nativePackages: string;
  /** Folder for temporary files. */
  scratch: string;
}

/** Which app an image repository holds, named without the prefix of the lake. */
const appsOfRepositories: Record<string, string> = { 'bronze-ingestor-mass': 'bronze-worker', 'silver-processor-mass': 'silver-worker', 'gold-analytics-mass': 'gold-worker' };

/** A function as its template deploys it: its variables, and nothing of this process' own. */
export function functionSettings(lambda: Resource, access: ProcessAccess): FunctionSettings & { roleArn: string } {
  const properties = lambda.properties();
  const roleArn = requireText(properties['Role'], 'Role');
  const variables = isObject(properties['Environment']) ? requireObject(properties['Environment']['Variables'] ?? {}, 'Variables') : {};
  return {
    functionName: lambda.ref,
    roleArn,
    bundle: join(access.bundles, 'lambda', appOf(lambda.ref), `${moduleOf(properties)}.mjs`),
    environment: { ...baseEnvironment(roleArn, access), AWS_LAMBDA_FUNCTION_NAME: lambda.ref, ...asVariables(variables, access) },
    timeoutMs: Number(properties['Timeout'] ?? 3) * 1_000,
    concurrency: 3,
  };
}

/** A task as its definition starts it, with the container overrides of the request. */
export function taskSettings(definition: Resource, containerOverrides: Json | undefined, access: ProcessAccess): TaskSettings & { roleArn: string; executionRoleArn: string } {
  const properties = definition.properties();
  const roleArn = requireText(properties['TaskRoleArn'], 'TaskRoleArn');
  const containers = asList(properties['ContainerDefinitions']).map((each) => requireObject(each, 'container'));
  const overrides = asList(containerOverrides).map((each) => requireObject(each, 'override'));
  const [container] = containers;
  if (!container || containers.length > 1) throw new Error(`task ${definition.ref} has ${containers.length} containers; expected one`);
  const stranger = overrides.find(({ Name: name }) => name !== container['Name']);
  if (stranger) throw new Error(`task ${definition.ref} has no container ${toText(stranger['Name'])}; expected ${toText(container['Name'])}, the name in its definition`);
  return {
    family: requireText(properties['Family'], 'Family'),
    roleArn,
    executionRoleArn: requireText(properties['ExecutionRoleArn'], 'ExecutionRoleArn'),
    bundle: join(access.bundles, 'task', appOfImage(requireText(container['Image'], 'Image')), 'main.mjs'),
    environment: { ...baseEnvironment(roleArn, access), ...pairs(container['Environment']), ...Object.assign({}, ...overrides.map((each) => pairs(each['Environment']))) as Record<string, string> },
  };
}

function baseEnvironment(roleArn: string, { endpoint, region, accessKeyOf, nativePackages, scratch }: ProcessAccess): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyOf(roleArn), AWS_SECRET_ACCESS_KEY: 'of-no-account',
    NODE_PATH: nativePackages, TMPDIR: scratch, PATH: process.env['PATH'] ?? '',
  };
}

/** The file that the handler names. Code that stands in the template itself is what takes the place of a bundle that was not built. */
function moduleOf({ Handler: handler, Code: code }: JsonObject): string {
  const isUnbuilt = isObject(code) && 'ZipFile' in code;
  return isUnbuilt ? 'handler' : requireText(handler, 'Handler').replace(/\.[^.]+$/, '');
}

/** `dm-bronze-ingestor-lite` holds the app bronze-ingestor-lite. */
function appOf(functionName: string): string {
  return functionName.replace(/^[^-]+-/, '');
}

function appOfImage(image: string): string {
  const repository = /\/[^-/]+-(?<name>[^:/]+):[^:/]+$/.exec(image)?.groups?.['name'];
  const app = repository && appsOfRepositories[repository];
  if (!app) throw new Error(`image ${image} holds no known app; expected a repository <prefix>-${Object.keys(appsOfRepositories).join(', <prefix>-')}`);
  return app;
}

function pairs(list: Json | undefined): Record<string, string> {
  return Object.fromEntries(asList(list).map((each) => {
    const { Name: name, Value: value } = requireObject(each, 'variable');
    return [requireText(name, 'Name'), requireText(value, `variable ${toText(name)}`)];
  }));
}

/** The URL of a queue names a host, which is that of the stand-in here. */
function asVariables(variables: JsonObject, { endpoint }: ProcessAccess): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, requireText(value, `variable ${name}`).replace(/^https:\/\/sqs\.[a-z0-9-]+\.amazonaws\.com/, endpoint)]));
}
