/** Text as a terminal lays it out. */

/**
 * Control characters made visible: a name from a file must not move the cursor, colour what
 * follows, or break a row. Bidirectional overrides are shown too.
 */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const MARKS = /^\p{M}$/u;
/** East Asian wide and full-width characters and emoji, by their blocks (Unicode TR 11). */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u;

function charWidth(char: string): number {
  const code = char.codePointAt(0)!;
  if (code < 0x300) return 1;
  if (MARKS.test(char) || code === 0x200b || code === 0x200d) return 0;
  return WIDE.test(char) ? 2 : 1;
}

/** Terminal columns that `text` takes. */
export function textWidth(text: string): number {
  let width = 0;
  for (const char of text) width += charWidth(char);
  return width;
}

/** `text` in at most `width` columns; what does not fit ends in `…`. */
export function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let out = "";
  let used = 0;
  for (const char of text) {
    const w = charWidth(char);
    if (used + w > width - 1) break;
    out += char;
    used += w;
  }
  return `${out}…`;
}

/** Spaces that fill `text` up to `width` columns. */
export function pad(text: string, width: number): string {
  return " ".repeat(Math.max(0, width - textWidth(text)));
}
