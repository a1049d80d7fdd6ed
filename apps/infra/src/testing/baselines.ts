import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configurations, planOf, synthesize, type ConfigurationName, type Template } from './plans.ts';

/** What writes the baselines anew. */
export const updateCommand = 'npx nx run infra:baselines';

const folder = join(import.meta.dirname, '..', '..', 'testdata', 'baselines');
const lineWidth = 160;

/** The templates of a configuration as text, one per stack, without what changes with every build; of another than the minimal one, those that differ from its. */
export function baselinesOf(name: ConfigurationName): Record<string, string> {
  const texts = textsOf(name);
  if (name === 'minimal') return texts;
  const minimal = textsOf('minimal');
  return Object.fromEntries(Object.entries(texts).filter(([stack, text]) => text !== minimal[stack]));
}

function textsOf(name: ConfigurationName): Record<string, string> {
  return Object.fromEntries(Object.entries(synthesize(planOf(configurations[name]))).map(([stack, template]) => [stack, `${format(withoutMetadata(template))}\n`]));
}

export function readBaselines(name: ConfigurationName): Record<string, string> {
  return Object.fromEntries(readdirSync(join(folder, name)).map((file) => [file.replace(/\.json$/, ''), readFileSync(join(folder, name, file), 'utf8')]));
}

export function writeBaselines(name: ConfigurationName): void {
  rmSync(join(folder, name), { recursive: true, force: true });
  mkdirSync(join(folder, name), { recursive: true });
  for (const [stack, text] of Object.entries(baselinesOf(name))) writeFileSync(join(folder, name, `${stack}.json`), text);
}

/** State machines are baselines of their own: their files. */
function withoutMetadata({ Description, Resources, Outputs }: Template): object {
  const resources = Object.entries(Resources).map(([id, { Metadata: _, Properties, ...resource }]): [string, object] => {
    const { DefinitionString, ...properties } = Properties ?? {};
    return [id, { ...resource, Properties: { ...properties, ...(DefinitionString !== undefined && { DefinitionString: 'the file of the machine' }) } }];
  });
  return { Description, Resources: Object.fromEntries(resources), ...(Outputs && { Outputs }) };
}

/** JSON in which whatever fits stands on one line. */
function format(value: unknown, indent = ''): string {
  const line = JSON.stringify(value);
  if (typeof value !== 'object' || value === null || indent.length + line.length <= lineWidth) return line;
  const inner = `${indent}  `;
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const items = Array.isArray(value) ? value.map((each: unknown) => format(each, inner)) : Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${format(each, inner)}`);
  return `${open}\n${items.map((item) => `${inner}${item}`).join(',\n')}\n${indent}${close}`;
}
