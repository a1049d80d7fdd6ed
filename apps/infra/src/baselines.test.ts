import { describe, expect, test } from '@jest/globals';
import { diff } from 'jest-diff';
import { baselinesOf, readBaselines, updateCommand } from './testing/baselines.ts';
import { configurationNames } from './testing/plans.ts';

const noColor = (text: string): string => text;

/** What differs, by stack, as a diff with three lines around; undefined when nothing does. */
function difference(before: Record<string, string>, after: Record<string, string>): string | undefined {
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().filter((stack) => before[stack] !== after[stack]);
  const diffs = changed.map((stack) => `${stack}\n${diff(before[stack] ?? '', after[stack] ?? '', { expand: false, contextLines: 3, aAnnotation: 'committed', bAnnotation: 'now', aColor: noColor, bColor: noColor, changeColor: noColor, commonColor: noColor, patchColor: noColor })}`);
  return diffs.length > 0 ? `${diffs.join('\n\n')}\n\nIf that is meant: ${updateCommand}` : undefined;
}

describe('baselines', () => {
  test.each(configurationNames)('the templates of the %s configuration are the committed ones', (name) => {
    expect(difference(readBaselines(name), baselinesOf(name))).toBeUndefined();
  });

  test('a change shows as a diff of its lines, with the command that accepts it', () => {
    const before = readBaselines('minimal');
    const after = { ...before, 'dm-control': before['dm-control']!.replace('NEW_IMAGE', 'KEYS_ONLY') };
    expect(difference(before, after)).toMatch(/^dm-control\n[^]*\n- .*NEW_IMAGE.*\n\+ .*KEYS_ONLY.*\n[^]*If that is meant: npx nx run infra:baselines$/);
  });

  test('hold nothing that changes with every build', () => {
    expect(configurationNames.flatMap((name) => Object.values(baselinesOf(name))).join('')).not.toMatch(/[0-9a-f]{64}|cdk-hnb659fds-assets/);
  });
});
