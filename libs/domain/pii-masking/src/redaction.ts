/** Local part and domain are bounded, so that the time is linear in the text. */
const emailLike = /[^\s@<>",;:()[\]\\]{1,64}@[\p{L}\p{M}\p{N}._-]{1,255}/gu;

/** Free text (a log, an error) with everything that looks like an e-mail address replaced by `<email>`. */
export function redactText(text: string): string {
  return text.includes('@') ? text.replace(emailLike, '<email>') : text;
}
