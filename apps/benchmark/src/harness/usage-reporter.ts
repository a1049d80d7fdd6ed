import { readFileSync, writeFileSync } from 'node:fs';

/** Loaded before a measured script: writes what the process took to `DM_BENCHMARK_USAGE_FILE` when it ends. */
const file = process.env['DM_BENCHMARK_USAGE_FILE'];
if (file) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    writeFileSync(file, JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, peakRssMb: (ownPeakKb() ?? maxRSS) / 1024 }));
  });
}

/** The peak of this very process where Linux tells it: maxRSS may be that of the parent before it became this program. */
function ownPeakKb(): number | undefined {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return match ? Number(match[1]) : undefined;
  } catch {
    return undefined;
  }
}
