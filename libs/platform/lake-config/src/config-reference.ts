import { z } from 'zod';
import { lakeConfigSchema } from './lake-config.ts';

interface JsonSchema {
  type?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
}

/** The reference of dm.config.ts as Markdown, made from its schema. */
export function emitConfigReference(): string {
  const schema = z.toJSONSchema(lakeConfigSchema, { io: 'input' }) as JsonSchema;
  return `# dm.config.ts

Generated from the schema of the configuration by \`node tools/generate.mjs\`; do not edit.

\`\`\`ts
import { defineConfig } from '@data-master/lake-config';

export default defineConfig({ engine: 'duckdb', maintenance: { snapshotsKept: 50 } });
\`\`\`

\`dm\` reads \`dm.config.ts\` of the current folder, or the file that \`--config\` or \`DM_CONFIG\` names; outside a workspace a plain
object does as well as \`defineConfig\`, and no file means the defaults. The command line goes before \`DM_…\` variables, these
before the file. What is unknown or does not fit is refused. On one machine \`engine\` and \`maintenance\` count; \`prefix\` and
\`environments\` are for deployment.

| setting | values | default | meaning |
|---|---|---|---|
${rows(schema, '').join('\n')}
`;
}

function rows(schema: JsonSchema, path: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const name = path === '' ? key : `${path}.${key}`;
    const fallback = value.default !== undefined && !isGroup(value) ? code(value.default) : schema.required?.includes(key) ? 'required' : '';
    return [`| \`${name}\` | ${values(value)} | ${fallback} | ${value.description ?? ''} |`, ...within(value, name)];
  });
}

function within(value: JsonSchema, name: string): string[] {
  if (value.properties) return rows(value, name);
  if (value.items?.properties) return rows(value.items, `${name}[]`);
  return typeof value.additionalProperties === 'object' ? rows(value.additionalProperties, `${name}.<name>`) : [];
}

const isGroup = (value: JsonSchema): boolean => value.properties !== undefined || typeof value.additionalProperties === 'object';
const code = (value: unknown): string => `\`${JSON.stringify(value)}\``;

function values(value: JsonSchema): string {
  if (isGroup(value)) return '';
  if (value.enum) return value.enum.map(code).join(', ');
  if (value.type === 'array') return value.items?.properties ? 'list' : `list of ${values(value.items ?? {})}`;
  if (value.pattern) return `text like \`${value.pattern.replaceAll('|', '\\|')}\``;
  const { exclusiveMinimum, minimum, maximum } = value;
  const bounds = [
    ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`]),
    ...(minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? [] : [`from ${minimum}`]),
    ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? [] : [`to ${maximum}`]),
  ];
  const type = { integer: 'whole number', boolean: '`true`, `false`', string: 'text' }[value.type ?? ''] ?? value.type ?? 'anything';
  return [type, ...bounds].join(' ');
}
