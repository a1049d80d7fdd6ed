import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createProjectGraphAsync } from '@nx/devkit';
import { ESLint } from 'eslint';
import ts from 'typescript-eslint';

/** Lints snippets as if each were the file it names: `[{file, code}]` on standard input, `[[ruleId]]` on standard output. */
const root = join(import.meta.dirname, '..');
const eslint = new ESLint({
  cwd: root,
  overrideConfig: [ts.configs.disableTypeChecked, { rules: { '@typescript-eslint/no-unused-vars': 'off' } }],
});
// The rule on boundaries reads the graph that was last written: write the present one.
await createProjectGraphAsync();
const snippets = JSON.parse(readFileSync(0, 'utf8'));
const findings = [];
for (const { file, code } of snippets) {
  const [result] = await eslint.lintText(code, { filePath: join(root, file) });
  findings.push(result.messages.map(({ ruleId, message }) => ruleId ?? message));
}
process.stdout.write(JSON.stringify(findings));
