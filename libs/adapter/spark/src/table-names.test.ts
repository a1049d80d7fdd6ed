import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { describeWithPython } from './session/describe-with-python.ts';
import { folderSettings, glueSettings } from './settings.ts';

/** Prints how the driver names a table under settings, which stand for those of a session. */
const script = `
import json, sys
from main import name_of
class Session:
    conf = json.loads(sys.argv[1])
print(name_of(Session, "silver", "review"))
`;

await describeWithPython('the tables of the driver', ({ python }) => {
  const nameUnder = (settings: Record<string, string>): string => execFileSync(python, ['-c', script, JSON.stringify(settings)], { cwd: import.meta.dirname, env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' }, encoding: 'utf8' }).trim();

  test('are in the databases of Glue that carry the prefix of the lake', () => {
    expect(nameUnder(glueSettings({ databasePrefix: 'tap_', warehouse: 's3://kegs/' }))).toBe('dm.tap_silver.review');
  });

  test('are in the folders of their layers on one machine', () => {
    expect(nameUnder(folderSettings('file:///kegs'))).toBe('dm.silver.review');
  });
});
