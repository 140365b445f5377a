/** Sentences of the model, written for a command line, as a page says them. */

/** `(--host compiled)`: an option of the command line that the page has a control for. */
const OPTION = /\(?--(host|precision) ([a-z0-9-]+)\)?/;
/** What the page has no control for, and documents that are not in it. */
const ELSEWHERE = /:? ?(?:give its figure )?\((?:--[a-z-]+|docs\/[\w.-]+\.md)\)/g;

export interface Hint {
  readonly field: "host" | "precision";
  readonly value: string;
}

/** Words and the controls between them. */
export function partsOf(text: string): readonly (string | Hint)[] {
  const out: (string | Hint)[] = [];
  let rest = text.replace(ELSEWHERE, "");
  for (let at = OPTION.exec(rest); at !== null; at = OPTION.exec(rest)) {
    const [all, field, value] = at;
    out.push(rest.slice(0, at.index), { field: field as Hint["field"], value: value! });
    rest = rest.slice(at.index + all.length);
  }
  out.push(rest);
  return out.filter((part) => part !== "");
}

/** For where no control can stand. */
export const plainText = (text: string): string =>
  partsOf(text)
    .map((part) => (typeof part === "string" ? part : `(${hintText(part)})`))
    .join("");

export const hintText = ({ field, value }: Hint): string =>
  `${field === "host" ? "Host" : "Precision"}: ${value}`;
