import { redactText, type PiiMasker } from '@data-master/pii-masking';
import type { Column } from '@data-master/table-contracts';
import type { InputColumn } from './input-columns.ts';

/** An original is cut after this many characters. */
export const maximumOriginalCharacters = 2000;

const maximumShownCharacters = 100;
const numeric = /^\s*[+-]?[0-9]*\.?[0-9]+(?:[eE][+-]?[0-9]+)?\s*$/;

/** A value as a message may quote it: treated when personal, without e-mail addresses, short. */
export function showValue(column: Pick<Column, 'pii'>, text: string, masker: PiiMasker): string {
  const treated = treatCell(column, text, masker);
  return treated === null ? 'a value withheld' : JSON.stringify(cut(redactText(treated), maximumShownCharacters));
}

/** The name of a field that no contract knows, when it looks like a name. */
export function showName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(name) ? name : '(name withheld)';
}

/** Whether a table has columns that only leave raw after treatment; without them an original is kept as it was. */
export function holdsPersonal(columns: readonly InputColumn[]): boolean {
  return columns.some(({ column }) => column.pii !== undefined && column.pii.treatment !== 'keep');
}

/** A record as it was written, without e-mail addresses, for tables that hold nothing personal. */
export function verbatim(record: Buffer): string {
  return finish(record.toString('utf8', 0, maximumOriginalCharacters * 4));
}

/** A record of CSV whose cells belong to `columns`, with the personal ones treated. */
export function alignedCsv(columns: readonly InputColumn[], cells: readonly (string | null)[], masker: PiiMasker): string {
  const shown = columns.map(({ column }, index) => {
    const cell = cells[index] ?? null;
    const treated = cell === null ? null : treatCell(column, cell, masker);
    return treated === null ? '' : quoteCsv(treated);
  });
  return finish(shown.join(','));
}

/** A record whose cells belong to no column: everything but numbers is masked. */
export function unalignedCsv(record: string, masker: PiiMasker): string {
  const cells = record.slice(0, maximumOriginalCharacters).split(',').map((cell) => maskUnlessNumeric(cell, masker));
  return finish(cells.join(','), record.length);
}

/** A flat JSON object: personal fields treated, fields of no column masked. */
export function alignedJson(columns: readonly InputColumn[], fields: ReadonlyMap<string, string | null>, masker: PiiMasker): string {
  const entries = [...fields].map(([name, text]) => {
    const known = columns.find(({ path }) => path === name);
    const shownName = known ? name : showName(name);
    const shown = text === null ? null : known ? treatCell(known.column, text, masker) : maskUnlessNumeric(text, masker);
    return `${JSON.stringify(shownName)}:${JSON.stringify(shown)}`;
  });
  return finish(`{${entries.join(',')}}`);
}

/** A text as a cell of CSV, quoted when it has to be. */
export function quoteCsv(text: string): string {
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function treatCell({ pii }: Pick<Column, 'pii'>, text: string, masker: PiiMasker): string | null {
  return pii ? masker.treat(pii.treatment, text) : text;
}

function maskUnlessNumeric(text: string, masker: PiiMasker): string {
  return text === '' || numeric.test(text) ? text : (masker.treat('mask', text) ?? '');
}

function finish(text: string, originalLength: number = text.length): string {
  return originalLength > maximumOriginalCharacters ? `${cut(redactText(text), maximumOriginalCharacters)}` : redactText(text);
}

function cut(text: string, characters: number): string {
  return text.length > characters ? `${text.slice(0, characters).toWellFormed()}…` : text;
}
