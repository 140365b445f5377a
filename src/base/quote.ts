/** Text of a user's file inside a message. */

/** Longer text is cut: a message names a value, it does not hold a file. Characters. */
const LONGEST = 60;

/** In single quotes, cut where it is long. */
export function quote(text: string): string {
  return text.length <= LONGEST ? `'${text}'` : `'${text.slice(0, LONGEST)}…'`;
}
