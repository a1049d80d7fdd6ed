import type { LakePlan } from '../lake-plan.ts';
import { checks, type CheckName } from './checks.ts';
import { createDoctorClients, errorName } from './clients.ts';
import { formatFinding, type Finding } from './finding.ts';

export const everyCheck = Object.keys(checks) as CheckName[];

/** What the named checks find, by check. Without credentials nothing that needs them is looked at. */
export async function examine(lake: LakePlan, names: readonly CheckName[] = everyCheck, region = lake.region): Promise<Partial<Record<CheckName, Finding[]>>> {
  const clients = createDoctorClients(region);
  const found: Partial<Record<CheckName, Finding[]>> = {};
  try {
    for (const name of everyCheck.filter((each) => names.includes(each))) {
      const blocked = (found.configuration?.length ?? 0) + (found.credentials?.length ?? 0) > 0;
      if (blocked && name !== 'artifacts') continue;
      found[name] = await checks[name](lake, clients).catch((error: unknown) => [{ found: `${errorName(error)} while looking at ${name}: ${(error as Error).message}`, expected: 'an answer', remedy: 'let the identity read what the doctor looks at, or mend the connection' }]);
    }
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
  return found;
}

/** Throws with every finding and its remedy when there is one. */
export async function requireReady(lake: LakePlan, names: readonly CheckName[] = everyCheck): Promise<void> {
  const findings = Object.values(await examine(lake, names)).flat();
  if (findings.length > 0) throw new Error(['nothing was changed:', ...findings.map((finding) => `- ${formatFinding(finding)}`)].join('\n'));
}
