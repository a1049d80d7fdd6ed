import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { describeWithPython } from './describe-with-python.ts';
import { preparePython } from '../python/prepare-python.ts';
import { startPython, type PythonSession } from './python-session.ts';
import { findJava, findPython } from '../python/runtimes.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'python-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function program(path: string, lines: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
}

describe('a machine without the programs', () => {
  test('is told which one is missing and what was expected', async () => {
    const PATH = join(folder, 'empty');
    await mkdir(PATH);
    expect(await preparePython({ PATH })).toEqual({ missing: 'Python: found none, expected 3.10 or later as python3 on the PATH' });
    expect(findJava({ PATH })).toEqual({ missing: 'Java: found none, expected 17 in JAVA_HOME or as java on the PATH' });
  });

  test('is told which versions it has instead', async () => {
    const PATH = join(folder, 'old');
    await program(join(PATH, 'python3'), 'printf "/old/python3\\n3\\n8\\n"');
    await program(join(PATH, 'java'), 'printf "    java.home = /old/java\\n    java.specification.version = 1.8\\n" >&2');
    expect(findPython({ PATH })).toEqual({ missing: 'Python: found 3.8 at /old/python3, expected 3.10 or later as python3 on the PATH' });
    expect(findJava({ PATH })).toEqual({ missing: 'Java: found 1.8 at /old/java, expected 17 in JAVA_HOME or as java on the PATH' });
  });

  test('has Java when only JAVA_HOME knows of it', async () => {
    const home = join(folder, 'jdk');
    await program(join(home, 'bin', 'java'), `printf "    java.home = ${home}\\n    java.specification.version = 17\\n" >&2`);
    expect(findJava({ PATH: join(folder, 'empty'), JAVA_HOME: home })).toEqual({ home });
  });
});

await describeWithPython('a Python session', (environment) => {
  let session: PythonSession;

  beforeAll(async () => {
    session = startPython(environment);
    await writeFile(
      join(folder, 'functions.py'),
      [
        'import datetime, decimal, os, subprocess, sys, time, uuid',
        'def values(session):',
        '    return [2**63 - 1, decimal.Decimal("1E+3"), decimal.Decimal("1.50"), float("nan"), float("-inf"), -0.0, 0.1, b"\\x00\\xff", None, True,',
        '            datetime.datetime(1, 1, 1), datetime.datetime(2020, 1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),',
        '            datetime.date(2020, 2, 29), uuid.UUID(int=1), {1: 2}, {"a": [1]}]',
        'def echo(session, text):',
        '    print("noise on stdout")',
        '    return text',
        'def fail(session):',
        '    raise KeyError("no such thing")',
        'def sleep(session, seconds):',
        '    time.sleep(seconds)',
        'def child(session):',
        '    subprocess.Popen(["sleep", "600"])',
        'def end(session):',
        '    print("going down", file=sys.stderr)',
        '    sys.stderr.flush()',
        '    os._exit(3)',
      ].join('\n'),
    );
  });

  afterAll(() => session.close());

  const call = (of: PythonSession, name: string, parameters = {}) => of.call(join(folder, 'functions.py'), name, parameters);

  test('returns values without loss', async () => {
    expect(await call(session, 'values')).toEqual([
      '9223372036854775807', '1000', '1.50', 'NaN', '-Infinity', '-0.0', 0.1, '00ff', null, true,
      '0001-01-01 00:00:00.000000', '2020-01-01 00:00:00.000000', '2020-02-29', '00000000-0000-0000-0000-000000000001', [['1', '2']], { a: ['1'] },
    ]);
  });

  test('keeps text as it is and what is printed apart', async () => {
    const text = 'línea\n"二" 🙂\u2028\\';
    expect(await call(session, 'echo', { text })).toBe(text);
  });

  test('rejects with the class and the message of an exception and goes on', async () => {
    await expect(call(session, 'fail')).rejects.toMatchObject({ name: 'KeyError', message: "'no such thing'" });
    expect(await call(session, 'echo', { text: 'on' })).toBe('on');
  });

  test('that does not answer in time is ended', async () => {
    const slow = startPython(environment, { timeoutMs: 500 });
    await expect(call(slow, 'sleep', { seconds: 600 })).rejects.toThrow(/found no answer to "call" in 500 ms/);
    await slow.close();
  });

  test('that ends rejects what waits for it, with its last words', async () => {
    const dying = startPython(environment);
    await expect(call(dying, 'end')).rejects.toThrow(/ended with 3; its last words:\ngoing down/);
    await expect(call(dying, 'echo', { text: '' })).rejects.toThrow(/ended before "call"/);
    await dying.close();
  });

  test('leaves no process behind when it is closed', async () => {
    const closed = startPython(environment);
    await call(closed, 'child');
    // The child holds the stderr of the session, whose end `close` awaits.
    await closed.close();
  });

  const prepare = async (target: string, requirements: string, jars: unknown): Promise<{ code: unknown; said: string }> => {
    const files = [join(folder, 'requirements.txt'), join(folder, 'jars.json')] as const;
    await writeFile(files[0], requirements);
    await writeFile(files[1], JSON.stringify(jars));
    const env = { ...process.env, MAVEN_REPOSITORY_URL: `file://${folder}/maven` };
    const child = spawn(environment.python, [join(import.meta.dirname, '..', 'python', 'prepare.py'), 'a test', target, ...files], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (part: Buffer) => (said += part.toString()));
    return { code: await new Promise((resolve) => child.on('close', resolve)), said };
  };

  const jar = { group: 'org.example', artifact: 'thing', version: '1.0', sha256: createHash('sha256').update('right').digest('hex') };
  const publish = async (bytes: string): Promise<void> => {
    const path = join(folder, 'maven', 'org', 'example', 'thing', '1.0');
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'thing-1.0.jar'), bytes);
  };

  test('is prepared once for all who ask at the same time', async () => {
    const target = join(folder, 'cache', 'shared');
    await publish('right');
    const runs = await Promise.all([1, 2].map(() => prepare(target, '', [jar])));
    expect(runs.map(({ code }) => code)).toEqual([0, 0]);
    expect(runs.filter(({ said }) => said.includes('preparing'))).toHaveLength(1);
    const jars = [join(target, 'jars', 'thing-1.0.jar')];
    expect(JSON.parse(await readFile(join(target, 'ready.json'), 'utf8'))).toEqual({ python: join(target, 'bin', 'python'), jars });
    expect(await readFile(jars[0] as string, 'utf8')).toBe('right');
  });

  test('is not prepared from a jar that is not the one of the lock', async () => {
    await publish('wrong');
    const target = join(folder, 'cache', 'refused');
    const refused = await prepare(target, '', [jar]);
    expect(refused.code).toBe(1);
    expect(refused.said).toMatch(/found SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}; set MAVEN_REPOSITORY_URL, or put it into ~\/\.m2 with: mvn dependency:get .*org\.example:thing:1\.0/);
    expect(await readdir(target)).not.toContain('ready.json');
  });
});
