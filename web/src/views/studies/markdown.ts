/** The part of Markdown that notes need, as data; the page makes elements of it, never HTML of text. */

export type Inline =
  | { readonly kind: "text" | "code"; readonly text: string }
  | { readonly kind: "strong" | "emphasis"; readonly parts: readonly Inline[] }
  | { readonly kind: "link"; readonly href: string; readonly parts: readonly Inline[] };

export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly parts: readonly Inline[] }
  | { readonly kind: "paragraph"; readonly parts: readonly Inline[] }
  | { readonly kind: "code"; readonly text: string }
  | {
      readonly kind: "list";
      readonly ordered: boolean;
      readonly items: readonly (readonly Inline[])[];
    };

const FENCE = /^\s*```/;
const HEADING = /^(#{1,6})\s+(.+?)\s*#*\s*$/;
const ITEM = /^\s*(?:([-*+])|(\d{1,9})[.)])\s+(.*)$/;

/** Headings, paragraphs, lists of one level, fenced code; inline code, strong, emphasis, links. */
export function parseMarkdown(text: string): Block[] {
  const lines = text.replaceAll("\r\n", "\n").split("\n");
  const blocks: Block[] = [];
  let i = 0;
  while (i < lines.length) {
    const line = lines[i]!;
    const heading = HEADING.exec(line);
    if (line.trim() === "") i++;
    else if (FENCE.test(line)) {
      const end = lines.findIndex((l, k) => k > i && FENCE.test(l));
      const stop = end < 0 ? lines.length : end;
      blocks.push({ kind: "code", text: lines.slice(i + 1, stop).join("\n") });
      i = stop + 1;
    } else if (heading) {
      const [, marks, rest] = heading as unknown as [string, string, string];
      blocks.push({ kind: "heading", level: marks.length, parts: parseInline(rest) });
      i++;
    } else if (ITEM.test(line)) {
      const ordered = ITEM.exec(line)![2] !== undefined;
      const items: string[] = [];
      for (; i < lines.length && lines[i]!.trim() !== ""; i++) {
        const item = ITEM.exec(lines[i]!);
        if (item !== null && (item[2] !== undefined) !== ordered) break;
        if (item === null) items.push(`${items.pop()!} ${lines[i]!.trim()}`);
        else items.push(item[3]!);
      }
      blocks.push({ kind: "list", ordered, items: items.map(parseInline) });
    } else {
      const start = i++;
      while (i < lines.length && !breaks(lines[i]!)) i++;
      blocks.push({ kind: "paragraph", parts: parseInline(lines.slice(start, i).join(" ")) });
    }
  }
  return blocks;
}

const breaks = (line: string) =>
  line.trim() === "" || FENCE.test(line) || HEADING.test(line) || ITEM.test(line);

const INLINE =
  /`([^`]+)`|\*\*(?=\S)(.+?\S|\S)\*\*|(?<![\w*])[*_](?=[^\s*_])(.+?[^\s*_]|[^\s*_])[*_](?![\w*])|\[([^\]]+)\]\(([^)\s]+)\)/g;

export function parseInline(text: string): Inline[] {
  const parts: Inline[] = [];
  let at = 0;
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, strong, emphasis, label, href] = match;
    if (match.index > at) parts.push({ kind: "text", text: text.slice(at, match.index) });
    if (code !== undefined) parts.push({ kind: "code", text: code });
    else if (strong !== undefined) parts.push({ kind: "strong", parts: parseInline(strong) });
    else if (emphasis !== undefined) parts.push({ kind: "emphasis", parts: parseInline(emphasis) });
    else if (isSafe(href!)) parts.push({ kind: "link", href: href!, parts: parseInline(label!) });
    else parts.push({ kind: "text", text: whole });
    at = match.index + whole.length;
  }
  if (at < text.length) parts.push({ kind: "text", text: text.slice(at) });
  return parts;
}

/** A place of the web, or of this app: nothing that runs. */
const isSafe = (href: string) => /^(https?:\/\/|#\/)/i.test(href);

/** The first words of a note, for a line of a table. */
export function firstLine(note: string, most = 80): string {
  const line = note
    .split("\n")
    .map((l) => l.replace(/^[#>\s*+-]+/, "").trim())
    .find((l) => l !== "" && !FENCE.test(l));
  if (line === undefined) return "";
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
