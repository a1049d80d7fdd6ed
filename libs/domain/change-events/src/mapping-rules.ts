import { z } from 'zod';

const operators = ['eq', 'noteq', 'ste', 'gte', 'between', 'notbetween', 'null', 'notnull'] as const;
const scalar = z.union([z.string(), z.number()]).transform(String);
const ruleHead = { 'rule-id': z.union([z.string(), z.number()]), 'rule-name': z.union([z.string(), z.number()]).optional() };
const tableLocator = z.object({ 'schema-name': z.string().min(1), 'table-name': z.string().min(1), 'table-type': z.enum(['table', 'view', 'all']).optional() });

const filterCondition = z.strictObject({
  'filter-operator': z.enum(operators), value: scalar.optional(), 'start-value': scalar.optional(), 'end-value': scalar.optional(),
}).refine((condition) => {
  const operator = condition['filter-operator'];
  if (operator === 'null' || operator === 'notnull') return true;
  return operator === 'between' || operator === 'notbetween' ? condition['start-value'] !== undefined && condition['end-value'] !== undefined : condition.value !== undefined;
}, 'expected value, or start-value and end-value for between and notbetween');

const sourceFilter = z.strictObject({ 'filter-type': z.literal('source'), 'column-name': z.string().min(1), 'filter-conditions': z.array(filterCondition).min(1) });

const selectionRule = z.strictObject({
  'rule-type': z.literal('selection'), ...ruleHead, 'rule-action': z.enum(['include', 'exclude', 'explicit']), 'object-locator': tableLocator,
  filters: z.array(sourceFilter).optional(), 'load-order': z.union([z.string(), z.number()]).optional(),
});

const nameActions = ['rename', 'convert-lowercase', 'convert-uppercase', 'add-prefix', 'remove-prefix', 'replace-prefix', 'add-suffix', 'remove-suffix', 'replace-suffix'] as const;
const columnActions = ['add-column', 'include-column', 'remove-column', 'change-data-type'] as const;

const transformationRule = z.strictObject({
  'rule-type': z.literal('transformation'), ...ruleHead,
  'rule-target': z.enum(['schema', 'table', 'column']),
  'rule-action': z.enum([...nameActions, ...columnActions]),
  'object-locator': z.object({ 'schema-name': z.string().min(1), 'table-name': z.string().min(1).optional(), 'column-name': z.string().min(1).optional(), 'data-type': z.never().optional() }),
  value: z.string().nullable().optional(), 'old-value': z.string().nullable().optional(),
  expression: z.string().optional(), 'data-type': z.looseObject({ type: z.string() }).optional(),
});

/** Rules that say how to read or write, not what: accepted, and without effect here. */
const adviceRule = z.looseObject({ 'rule-type': z.enum(['table-settings', 'object-mapping']), ...ruleHead, 'object-locator': tableLocator.optional(), 'mapping-parameters': z.looseObject({ 'attribute-mappings': z.never().optional() }).optional() });

export type SourceFilter = z.infer<typeof sourceFilter>;
export type FilterCondition = z.infer<typeof filterCondition>;
export type SelectionRule = z.infer<typeof selectionRule>;
export type TransformationRule = z.infer<typeof transformationRule>;
export type NameAction = (typeof nameActions)[number];
export type MappingRule = SelectionRule | TransformationRule | z.infer<typeof adviceRule>;

/** A table mapping or task settings that cannot be followed. */
export class MappingError extends Error {
  override readonly name = 'MappingError';
}

const rules = { selection: selectionRule, transformation: transformationRule, 'table-settings': adviceRule, 'object-mapping': adviceRule } as const;

/** Reads the table mapping of a DMS task; a rule that is not understood is a MappingError that names it. */
export function parseMappingRules(json: string): MappingRule[] {
  const document = z.object({ rules: z.array(z.looseObject({})) }).safeParse(parseJson(json, 'table mapping'));
  if (!document.success) throw new MappingError('the table mapping has no list of rules; expected {"rules": [{"rule-type": "selection", …}]}; write it as for a DMS task');
  const read = document.data.rules.map((rule, index) => readRule(rule, index));
  if (!read.some((rule) => rule['rule-type'] === 'selection' && rule['rule-action'] !== 'exclude')) {
    throw new MappingError('the table mapping selects no table; expected at least one selection rule with rule-action include or explicit; add one');
  }
  return read;
}

function readRule(rule: Record<string, unknown>, index: number): MappingRule {
  const type = rule['rule-type'] as keyof typeof rules;
  const name = `rule ${JSON.stringify(rule['rule-name'] ?? rule['rule-id'] ?? `number ${index + 1}`)}`;
  const schema = Object.hasOwn(rules, type) ? rules[type] : undefined;
  if (!schema) throw new MappingError(`${name} has rule-type ${JSON.stringify(type)}; expected one of ${Object.keys(rules).join(', ')}; remove it`);
  const result = schema.safeParse(rule);
  if (!result.success) {
    const faults = result.error.issues.map(({ path, message }) => `${path.join('.') || 'it'} ${actual(rule, path)}: ${message}`);
    throw new MappingError(`${name} (${type}) is not understood: ${faults.join('; ')}; correct or remove it`);
  }
  const read = result.data;
  if (read['rule-type'] === 'transformation') checkTransformation(name, read);
  return read;
}

function checkTransformation(name: string, rule: TransformationRule): void {
  const { 'rule-target': target, 'rule-action': action, value } = rule;
  const isColumnAction = (columnActions as readonly string[]).includes(action);
  const problem = isColumnAction && target !== 'column' ? `rule-target ${target}, expected column`
    : target !== 'schema' && rule['object-locator']['table-name'] === undefined ? 'no table-name in its object-locator'
    : target === 'column' && action !== 'add-column' && rule['object-locator']['column-name'] === undefined ? 'no column-name in its object-locator'
    : /^(?:rename|add-|replace-)/.test(action) && !value ? 'no value'
    : /-prefix$|-suffix$/.test(action) && /^(?:remove|replace)/.test(action) && !(rule['old-value'] ?? value) ? 'no value'
    : action === 'replace-prefix' || action === 'replace-suffix' ? (rule['old-value'] ? undefined : 'no old-value')
    : action === 'add-column' && rule.expression === undefined ? 'no expression'
    : action === 'change-data-type' && !rule['data-type'] ? 'no data-type'
    : undefined;
  if (problem) throw new MappingError(`${name} (transformation ${action}) has ${problem}; complete it`);
}

function actual(rule: unknown, path: readonly PropertyKey[]): string {
  let value = rule;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  return value === undefined ? 'is missing or unknown' : `is ${JSON.stringify(value).slice(0, 120)}`;
}

/** The document of a file, without a byte order mark. */
export function parseJson(json: string, what: string): unknown {
  try {
    return JSON.parse(json.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new MappingError(`the ${what} is no JSON: ${error instanceof Error ? error.message : 'unreadable'}; expected the document of a DMS task`);
  }
}
