import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from '@jest/globals';
import { describeWithMoto, startMoto } from './index.ts';

const answers = (endpoint: string) => fetch(`${endpoint}/moto-api/`).then(() => true, () => false);

await describeWithMoto('moto', (moto) => {
  it('answers until it is closed, beside others', async () => {
    const other = await startMoto();
    expect(other.endpoint).not.toBe(moto().endpoint);
    expect(await answers(other.endpoint)).toBe(true);
    await other.close();
    expect(await answers(other.endpoint)).toBe(false);
    expect(await answers(moto().endpoint)).toBe(true);
  });

  it('ends with the process that started it, also when that is killed', async () => {
    const script = `const { startMoto } = await import(${JSON.stringify(join(import.meta.dirname, 'moto.ts'))}); console.log((await startMoto()).endpoint);`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [endpoint] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
    expect(await answers(endpoint)).toBe(true);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    while (await answers(endpoint));
  });
});
