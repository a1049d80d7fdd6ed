/** Local part and domain are bounded, so that the time is linear in the text. */
const emailLike = /[^\s@<>",;:()[\]\\]{1,64}@[\p{L}\p{M}\p{N}._-]{1,255}/gu;

/** `emailLike` for RE2, whose \s is that of ASCII. */
const emailLikeRe2 = String.raw`[^\x{9}-\x{d} \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}@<>",;:()\[\]\\]{1,64}@[\p{L}\p{M}\p{N}._-]{1,255}`;

/** DuckDB SQL that does to a text expression what `redactText` does. */
export function redactSql(expression: string): string {
  return `CASE WHEN contains(${expression}, '@') THEN regexp_replace(${expression}, '${emailLikeRe2}', '<email>', 'g') ELSE ${expression} END`;
}

/** Whether `redactText` would change the text. */
export function holdsEmail(text: string): boolean {
  return text.includes('@') && redactText(text) !== text;
}

/** Free text (a log, an error) with everything that looks like an e-mail address replaced by `<email>`. */
export function redactText(text: string): string {
  return text.includes('@') ? text.replace(emailLike, '<email>') : text;
}
