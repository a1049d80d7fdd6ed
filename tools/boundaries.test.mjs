import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';

const BOUNDARY = '@nx/enforce-module-boundaries';
const IMPORT = '@typescript-eslint/no-restricted-imports';
const SYNTAX = 'no-restricted-syntax';
const GLOBAL = 'no-restricted-globals';

const uses = (name) => `import * as other from '${name}';\nexport const probe = other;\n`;
const says = (expression) => `export const probe = (): unknown => ${expression};\n`;

const DOMAIN = 'libs/domain/medallion-paths/src';
const PORT = 'libs/port/ports/src';
const FORMAT = 'libs/format/iceberg/src';
const APPLICATION = 'libs/application/ingestion/src';
const ADAPTER = 'libs/adapter/embedded/src';
const PLATFORM = 'libs/platform/runtime/src';
const APP = 'apps/cli/src';

const REFUSED = [
  ['domain reaching a port', DOMAIN, uses('@data-master/ports'), BOUNDARY],
  ['domain reaching an adapter', DOMAIN, uses('@data-master/duckdb'), BOUNDARY],
  ['a port reaching a format', PORT, uses('@data-master/parquet-writer'), BOUNDARY],
  ['a format reaching an application', FORMAT, uses('@data-master/refinement'), BOUNDARY],
  ['an application reaching an adapter', APPLICATION, uses('@data-master/embedded'), BOUNDARY],
  ['an application reaching what serves tests', APPLICATION, uses('@data-master/testing'), BOUNDARY],
  ['an adapter reaching an application', ADAPTER, uses('@data-master/ingestion'), BOUNDARY],
  ['an adapter reaching another', ADAPTER, uses('@data-master/duckdb'), BOUNDARY],
  ['a platform package reaching a format', PLATFORM, uses('@data-master/iceberg'), BOUNDARY],
  ['an application reaching an app', APPLICATION, uses('@data-master/embedded-lake'), BOUNDARY],
  ['what runs anywhere reaching what runs embedded', PLATFORM, uses('@data-master/embedded'), BOUNDARY],
  ['an import by path into another package', APPLICATION, uses('../../../domain/pii-masking/src/index.ts'), BOUNDARY],
  ['a test of a domain reaching an application', DOMAIN, uses('@data-master/ingestion'), BOUNDARY, 'probe.test.ts'],
  ['what runs embedded reaching AWS', ADAPTER, uses('@aws-sdk/client-s3'), IMPORT],
  ['what runs anywhere reaching AWS, even in a test', DOMAIN, uses('@aws-sdk/client-s3'), IMPORT, 'probe.test.ts'],
  ['files in a domain', DOMAIN, uses('node:fs'), IMPORT],
  ['files in a domain, by the old name', DOMAIN, uses('fs/promises'), IMPORT],
  ['streams in a domain', DOMAIN, uses('node:stream'), IMPORT],
  ['files in a format', FORMAT, uses('node:fs/promises'), IMPORT],
  ['processes in an application', APPLICATION, uses('node:child_process'), IMPORT],
  ['the machine in a port', PORT, uses('node:os'), IMPORT],
  ['random identifiers in a domain', DOMAIN, "import { randomUUID } from 'node:crypto';\nexport const probe = randomUUID;\n", IMPORT],
  ['parquetjs outside the Parquet writer', FORMAT, uses('@dsnp/parquetjs'), IMPORT],
  ['DuckDB outside its adapter', 'libs/format/parquet-writer/src', uses('@duckdb/node-api'), IMPORT],
  ['test support in a format', FORMAT, uses('./testing/local-ports.ts'), IMPORT],
  ['the clock in a domain', DOMAIN, says('Date.now()'), SYNTAX],
  ['the present in a format', FORMAT, says('new Date()'), SYNTAX],
  ['chance in an application', APPLICATION, says('Math.random()'), SYNTAX],
  ['the environment in an application', APPLICATION, says('process.env'), GLOBAL],
  ['the network in a format', FORMAT, says("fetch('https://example.org')"), GLOBAL],
  ['printing in a library', ADAPTER, says("console.log('x')"), 'no-console'],
];

const ACCEPTED = [
  ['domain using domain', 'libs/domain/beer-lake/src', uses('@data-master/table-contracts')],
  ['a port using domain', PORT, uses('@data-master/control-records')],
  ['a format using a port', FORMAT, uses('@data-master/ports')],
  ['an application using a format', APPLICATION, uses('@data-master/parquet-writer')],
  ['an adapter using a format', ADAPTER, uses('@data-master/iceberg')],
  ['an app using an application', 'apps/embedded-lake/src', uses('@data-master/refinement')],
  ['an app starting the embedded lake', APP, uses('@data-master/embedded-lake')],
  ['a test using what serves tests', APPLICATION, uses('@data-master/testing'), 'probe.test.ts'],
  ['a test using the DuckDB adapter', FORMAT, uses('@data-master/duckdb'), 'probe.test.ts'],
  ['a test using the files of the embedded shell', APPLICATION, uses('@data-master/embedded'), 'probe.test.ts'],
  ['a test using files', DOMAIN, uses('node:fs'), 'probe.test.ts'],
  ['test support using files', FORMAT, uses('node:fs'), 'testing/probe.ts'],
  ['a test using parquetjs', FORMAT, uses('@dsnp/parquetjs'), 'probe.test.ts'],
  ['digests in a domain', DOMAIN, "import { createHash } from 'node:crypto';\nexport const probe = createHash;\n"],
  ['streams and compression in a format', FORMAT, uses('node:zlib')],
  ['a given moment in a domain', DOMAIN, says('new Date(0)')],
  ['parquetjs in the Parquet writer', 'libs/format/parquet-writer/src', uses('@dsnp/parquetjs')],
  ['DuckDB in its adapter', 'libs/adapter/duckdb/src', uses('@duckdb/node-api')],
  ['files in an adapter', ADAPTER, uses('node:fs')],
  ['printing in the command line', APP, says("console.log('x')")],
];

describe('the boundaries between packages', () => {
  let findings;
  beforeAll(() => {
    const snippets = [...REFUSED.map(([, folder, code, , name]) => ({ folder, code, name })), ...ACCEPTED.map(([, folder, code, name]) => ({ folder, code, name }))];
    const input = JSON.stringify(snippets.map(({ folder, code, name = 'probe.ts' }) => ({ file: `${folder}/${name}`, code })));
    const answer = spawnSync(process.execPath, [join(import.meta.dirname, 'lint-snippets.mjs')], { input, encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: '', NX_DAEMON: 'false' } });
    if (answer.status !== 0) throw new Error(`the snippets were not linted: ${answer.stderr}`);
    findings = JSON.parse(answer.stdout);
  });

  it.each(REFUSED.map(([title, , , rule], index) => [title, rule, index]))('refuse %s', (_title, rule, index) => {
    expect(findings[index]).toEqual([rule]);
  });

  it.each(ACCEPTED.map(([title], index) => [title, index + REFUSED.length]))('allow %s', (_title, index) => {
    expect(findings[index]).toEqual([]);
  });
});
