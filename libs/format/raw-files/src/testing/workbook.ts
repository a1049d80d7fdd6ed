import { zipSync } from 'fflate';

const xml = (body: string): string => `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n${body}`;
const office = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

/** A workbook of hand-written XML, for what no library would write: `sheet` is what stands inside of `worksheet`. */
export function workbookOf(sheet: string, { styles = '', texts = '', properties = '' }: { styles?: string; texts?: string; properties?: string } = {}): Uint8Array {
  const parts: Record<string, string> = {
    '[Content_Types].xml': '<Types/>',
    '_rels/.rels': `<Relationships><Relationship Id="a" Type="${office}/officeDocument" Target="/xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<x:workbook xmlns:x="m" xmlns:q="${office}">${properties}<x:sheets><x:sheet name="One" sheetId="1" q:id="s"/></x:sheets></x:workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships><Relationship Id="s" Type="${office}/worksheet" Target="worksheets/one.xml"/><Relationship Id="t" Type="${office}/sharedStrings" Target="texts.xml"/><Relationship Id="y" Type="${office}/styles" Target="styles.xml"/></Relationships>`,
    'xl/worksheets/one.xml': `<worksheet>${sheet}</worksheet>`,
    'xl/styles.xml': `<styleSheet>${styles}</styleSheet>`,
    'xl/texts.xml': `<sst>${texts}</sst>`,
  };
  return zipSync(Object.fromEntries(Object.entries(parts).map(([path, body]) => [path, Buffer.from(xml(body))])));
}

/** Rows of texts and numbers as the XML of `sheetData`. */
export function sheetOf(rows: readonly (readonly (string | number | null)[])[]): string {
  const cells = (row: readonly (string | number | null)[]): string => row.map((value) => (value === null ? '<c/>' : typeof value === 'number' ? `<c><v>${value}</v></c>` : `<c t="inlineStr"><is><t>${value}</t></is></c>`)).join('');
  return `<sheetData>${rows.map((row) => `<row>${cells(row)}</row>`).join('')}</sheetData>`;
}
