import type { Deployment, Resource } from '../template/deployment.ts';
import { asList, isObject, requireObject, requireText, type Json, type JsonObject } from '../template/json.ts';
import { matchesName } from '../policies/role-policy.ts';
import { matchesPattern } from './event-pattern.ts';
import { applyInputTemplate } from './input-template.ts';

/** What a rule or schedule starts: the ARN of a function or machine, and the role by which it may; functions are asked by permission instead. */
export interface Delivery {
  ruleArn: string;
  targetArn: string;
  roleArn: string | undefined;
  input: Json;
}

/** What the rules of the templates do with an event of the account. */
export function routeEvent(deployment: Deployment, event: JsonObject): Delivery[] {
  return rulesOf(deployment)
    .filter(({ properties }) => isObject(properties['EventPattern']) && matchesPattern(properties['EventPattern'], event))
    .flatMap(({ rule, properties }) => deliveriesOf(rule, properties, event));
}

/** What a schedule does when its hour comes; `name` is that of a rule with a schedule, or of an EventBridge schedule. */
export function fireSchedule(deployment: Deployment, name: string): Delivery[] {
  const rule = rulesOf(deployment).find(({ rule: { ref }, properties }) => ref === name && 'ScheduleExpression' in properties);
  if (rule) return deliveriesOf(rule.rule, rule.properties, { 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} });
  const schedule = deployment.find('AWS::Scheduler::Schedule', name);
  const properties = schedule.properties();
  if (properties['State'] === 'DISABLED') return [];
  const { Arn: arn, RoleArn: roleArn, Input: input } = requireObject(properties['Target'], `target of ${name}`);
  return [{ ruleArn: schedule.attributes['Arn']!, targetArn: requireText(arn, 'Arn'), roleArn: requireText(roleArn, 'RoleArn'), input: input === undefined ? {} : (JSON.parse(requireText(input, 'Input')) as Json) }];
}

/** Whether a function lets EventBridge invoke it for this rule. */
export function mayInvoke(deployment: Deployment, { ruleArn, targetArn }: Delivery): boolean {
  const { ref } = deployment.find('AWS::Lambda::Function', targetArn);
  return deployment.list('AWS::Lambda::Permission').map((permission) => permission.properties()).some(({ FunctionName: name, Principal: principal, SourceArn: source, Action: action }) =>
    [ref, targetArn].includes(name as string) && principal === 'events.amazonaws.com' && action === 'lambda:InvokeFunction' && (source === undefined || matchesName(source as string, ruleArn)));
}

function rulesOf(deployment: Deployment): { rule: Resource; properties: JsonObject }[] {
  return deployment.list('AWS::Events::Rule').map((rule) => ({ rule, properties: rule.properties() })).filter(({ properties }) => properties['State'] !== 'DISABLED');
}

function deliveriesOf(rule: Resource, properties: JsonObject, event: JsonObject): Delivery[] {
  return asList(properties['Targets']).map((each) => {
    const target = requireObject(each, `target of ${rule.ref}`);
    const unknown = ['InputPath', 'BatchParameters', 'EcsParameters'].find((name) => name in target);
    if (unknown) throw new Error(`rule ${rule.ref} uses ${unknown}; expected Input, InputTransformer or neither`);
    return { ruleArn: rule.attributes['Arn']!, targetArn: requireText(target['Arn'], 'Arn'), roleArn: target['RoleArn'] as string | undefined, input: inputOf(target, event) };
  });
}

function inputOf({ Input: input, InputTransformer: transformer }: JsonObject, event: JsonObject): Json {
  if (input !== undefined) return JSON.parse(requireText(input, 'Input')) as Json;
  if (!isObject(transformer)) return event;
  const paths = requireObject(transformer['InputPathsMap'] ?? {}, 'InputPathsMap');
  const template = requireText(transformer['InputTemplate'], 'InputTemplate').replace(/<([A-Za-z0-9_-]+)>/g, (_match, name: string) => `<${requireText(paths[name], name)}>`);
  return applyInputTemplate(template, event);
}
