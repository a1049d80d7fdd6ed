import { TerminalError } from '@data-master/ports';
import { readWholeXml } from './xml-events.ts';
import type { ZipEntry } from './zip-archive.ts';

/** What the cells of a sheet refer to. */
export interface Workbook {
  sharedTexts: readonly string[];
  /** By number of a style: whether it shows numbers as dates or times. */
  dateStyles: readonly boolean[];
  /** Days are counted from 1904 instead of 1900. */
  from1904: boolean;
}

export interface Sheet {
  name: string;
  visible: boolean;
  entry: ZipEntry;
}

interface Relationship {
  type: string;
  /** Path of the part in the archive. */
  target: string;
}

const maximumSharedCharacters = 64 * 1024 * 1024;
const maximumSheets = 1000;

/** Reads what a workbook has besides its sheets, and where those are. */
export async function readWorkbook(entries: readonly ZipEntry[], name: string): Promise<Workbook & { sheets: Sheet[] }> {
  const parts = new Map(entries.map((entry) => [entry.path, entry]));
  const root = [...(await readRelationships(parts, '', name)).values()].find(({ type }) => type.endsWith('/officeDocument'))?.target;
  const main = root === undefined ? undefined : parts.get(root);
  if (!root?.endsWith('.xml') || !main) throw new TerminalError(`${name} is an Office file but no .xlsx workbook; expected one; save it as .xlsx`);

  const named: { name: string; visible: boolean; id: string }[] = [];
  let from1904 = false;
  let rootElement: string | undefined;
  await readWholeXml(main.read(), {
    open: (element, attributes) => {
      rootElement ??= element;
      if (element === 'workbookPr') from1904 = isTrue(attributes['date1904']);
      if (element === 'sheet' && named.length < maximumSheets) named.push({ name: attributes['name'] ?? '', visible: (attributes['state'] ?? 'visible') === 'visible', id: attributes['id'] ?? '' });
    },
  }, name);
  if (rootElement !== 'workbook') throw new TerminalError(`${name} is an Office file but no .xlsx workbook; expected one; save it as .xlsx`);

  const relationships = await readRelationships(parts, root, name);
  const partOf = (suffix: string): ZipEntry | undefined => parts.get([...relationships.values()].find(({ type }) => type.endsWith(suffix))?.target ?? '');
  const sheets = named.flatMap(({ id, ...sheet }) => {
    const { type, target = '' } = relationships.get(id) ?? {};
    const entry = parts.get(target);
    return type?.endsWith('/worksheet') && entry ? [{ ...sheet, entry }] : [];
  });
  return { sheets, from1904, sharedTexts: await readSharedTexts(partOf('/sharedStrings'), name), dateStyles: await readDateStyles(partOf('/styles'), name) };
}

async function readRelationships(parts: ReadonlyMap<string, ZipEntry>, source: string, name: string): Promise<Map<string, Relationship>> {
  const folder = source.slice(0, source.lastIndexOf('/') + 1);
  const entry = parts.get(`${folder}_rels/${source.slice(folder.length)}.rels`);
  const found = new Map<string, Relationship>();
  if (!entry) return found;
  await readWholeXml(entry.read(), {
    open: (element, { Id: id, Type: type, Target: target }) => {
      if (element !== 'Relationship' || id === undefined || target === undefined) return;
      found.set(id, { type: type ?? '', target: new URL(target, `zip:///${folder}`).pathname.slice(1) });
    },
  }, name);
  return found;
}

async function readSharedTexts(entry: ZipEntry | undefined, name: string): Promise<string[]> {
  const texts: string[] = [];
  if (!entry) return texts;
  let characters = 0;
  let current = '';
  await readWholeXml(entry.read(), {
    open: (element) => {
      if (element === 'si') current = '';
    },
    close: (element, text, path) => {
      if (element === 't' && !path.includes('rPh')) current += text;
      if (element !== 'si') return;
      texts.push(unescapeText(current));
      characters += current.length;
      if (characters > maximumSharedCharacters) throw new TerminalError(`${name} has more than ${maximumSharedCharacters} characters of text; expected a workbook that fits into memory; save its sheet as CSV`);
    },
  }, name);
  return texts;
}

/** Excel writes characters that XML cannot hold as `_x000D_`. */
export function unescapeText(text: string): string {
  return text.replace(/_x([0-9A-Fa-f]{4})_/g, (_match, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

async function readDateStyles(entry: ZipEntry | undefined, name: string): Promise<boolean[]> {
  const styles: boolean[] = [];
  const custom = new Map<number, string>();
  if (!entry) return styles;
  await readWholeXml(entry.read(), {
    open: (element, attributes, path) => {
      const format = Number(attributes['numFmtId']);
      if (element === 'numFmt') custom.set(format, attributes['formatCode'] ?? '');
      if (element === 'xf' && path.at(-2) === 'cellXfs') styles.push(isDateFormat(format, custom.get(format)));
    },
  }, name);
  return styles;
}

/** Whether a number format shows a date or time of day; a duration such as [h]:mm is a number. */
export function isDateFormat(format: number, code?: string): boolean {
  if (code === undefined) return (format >= 14 && format <= 22) || (format >= 27 && format <= 36) || format === 45 || format === 47 || (format >= 50 && format <= 58);
  const [positive = ''] = code.split(';');
  if (/\[(?:h+|m+|s+)\]/i.test(positive)) return false;
  return /[dmyhs]/i.test(positive.replace(/"[^"]*"|\\.|_.|\*.|\[[^\]]*\]|General/gi, ''));
}

const isTrue = (text: string | undefined): boolean => text === '1' || text === 'true';
