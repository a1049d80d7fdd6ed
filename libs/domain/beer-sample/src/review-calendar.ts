/** A month of the sample with the half-open range of positions that its reviews take in the sequence of all. */
export interface ReviewMonth {
  year: number;
  /** 1 to 12. */
  month: number;
  /** First second of the month, since 1970 in UTC. */
  startSeconds: number;
  /** Days with reviews; fewer than the month has in the last month only. */
  days: number;
  from: number;
  to: number;
}

/** How busy the middle of each year is, 1996 first; the last value closes the interpolation. */
const busyness = [2, 3, 5, 12, 40, 150, 390, 620, 850, 1150, 1600, 2150, 3000, 3900, 4900, 6000, 7000, 7000];
const firstYear = 1996;
/** Winter is stout season, and people write more when it is cold. */
const season = [108, 102, 101, 98, 96, 94, 95, 97, 98, 100, 104, 107];
const last = { year: 2012, month: 6, days: 17 };

/** Spreads `count` reviews over January 1996 to 17 June 2012; recent months get most. */
export function planReviewMonths(count: number): ReviewMonth[] {
  const months: (ReviewMonth & { weight: number })[] = [];
  for (let year = firstYear; year <= last.year; year++) {
    for (let month = 1; month <= (year === last.year ? last.month : 12); month++) {
      const startSeconds = Date.UTC(year, month - 1, 1) / 1000;
      const length = (Date.UTC(year, month, 1) / 1000 - startSeconds) / 86_400;
      const days = year === last.year && month === last.month ? last.days : length;
      const now = busyness[year - firstYear] as number;
      const next = busyness[year - firstYear + 1] as number;
      const weight = (now * (12 - month) + next * month) * (season[month - 1] as number) * days;
      months.push({ year, month, startSeconds, days, from: 0, to: 0, weight });
    }
  }
  const total = months.reduce((sum, { weight }) => sum + weight, 0);
  let reached = 0;
  let to = 0;
  return months.map(({ weight, ...month }) => {
    reached += weight;
    const from = to;
    to = Math.round(count * (reached / total));
    return { ...month, from, to };
  });
}

/** Reviews by hour of the day in UTC, in thousandths: evenings in America. */
const hours = [78, 84, 86, 82, 74, 60, 44, 28, 17, 12, 9, 9, 11, 14, 18, 23, 27, 31, 36, 41, 46, 50, 56, 64];
const hourOfCell = Uint8Array.from(hours.flatMap((weight, hour) => Array.from({ length: weight }, () => hour)));
const cellOfHour = Uint16Array.from(hours, (_, hour) => hours.slice(0, hour).reduce((sum, weight) => sum + weight, 0));

/** The second at which `share` (from 0, below 1) of the month's reviews is written. */
export function secondAt(month: ReviewMonth, share: number): number {
  const cells = share * month.days * 1000;
  const day = Math.floor(cells / 1000);
  const cell = cells - day * 1000;
  const hour = hourOfCell[Math.floor(cell)] as number;
  const second = Math.floor(((cell - (cellOfHour[hour] as number)) * 3600) / (hours[hour] as number));
  return month.startSeconds + day * 86_400 + hour * 3600 + second;
}
