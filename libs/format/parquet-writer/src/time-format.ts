import { TerminalError } from '@data-master/ports';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const parts = {
  yyyy: '(?<year>[0-9]{4})',
  MMM: `(?<monthName>${months.join('|')})`,
  MM: '(?<month>[0-9]{2})',
  dd: '(?<day>[0-9]{2})',
  HH: '(?<hour>[0-9]{2})',
  mm: '(?<minute>[0-9]{2})',
  ss: '(?<second>[0-9]{2})',
  S: '(?<fraction>[0-9]{1,6})',
  Z: '(?<zone>Z|[+-][0-9]{2}:?[0-9]{2})',
};

/**
 * Reads times that are written as `format` says, in the letters of the table above, as dd/MMM/yyyy:HH:mm:ss Z, and
 * writes them as contracts have dates and timestamps. What is written otherwise stays as it is, for the contract to refuse.
 */
export function createTimeReader(format: string): (text: string) => string {
  const letters = new RegExp(Object.keys(parts).join('|'), 'g');
  const used: readonly string[] = format.match(letters) ?? [];
  const monthParts = used.filter((part) => part === 'MM' || part === 'MMM');
  if (!(used.includes('yyyy') && used.includes('dd') && monthParts.length === 1 && new Set(used).size === used.length)) {
    throw new TerminalError(`time format ${JSON.stringify(format)} does not say a date once; expected ${Object.keys(parts).join(', ')}, as dd/MMM/yyyy:HH:mm:ss Z; correct it`);
  }
  const pattern = new RegExp(`^${format.split(letters).map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).flatMap((text, index) => [text, parts[used[index] as keyof typeof parts] ?? '']).join('')}$`);
  return (text) => {
    const found = pattern.exec(text)?.groups;
    if (!found) return text;
    const { year, monthName, month = String(months.indexOf(monthName ?? '') + 1).padStart(2, '0'), day, hour, minute = '00', second = '00', fraction, zone = '' } = found;
    const date = `${year}-${month}-${day}`;
    return hour === undefined ? date : `${date} ${hour}:${minute}:${second}${fraction === undefined ? '' : `.${fraction}`}${zone}`;
  };
}
