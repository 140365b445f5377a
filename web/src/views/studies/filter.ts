/** Which studies of the list are shown, and in which order. Pure: the view's tests need no page. */
import type { StudyRow } from "../../../../src/server/api/types.ts";

export const SORTS = ["id", "name", "state", "trials", "space", "algorithm"] as const;
export type SortKey = (typeof SORTS)[number];

export interface Order {
  readonly key: SortKey;
  readonly descending: boolean;
}

/** Words in any order, each somewhere in a study's name, space, algorithm, objectives or note. */
export function matches(study: StudyRow, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const { name, space, algorithm, note, objectives, id } = study;
  const where = [`#${id}`, name, space, algorithm, note, ...objectives.map((o) => o.name)]
    .join("\n")
    .toLowerCase();
  return words.every((word) => where.includes(word));
}

/** @param text as in the address: `trials`, `-trials` for the largest first; default: the newest first */
export function orderOf(text: string | undefined): Order {
  const descending = text?.startsWith("-") ?? true;
  const key = SORTS.find((k) => k === text?.replace(/^-/, ""));
  return key === undefined ? { key: "id", descending: true } : { key, descending };
}

export const orderText = ({ key, descending }: Order) => `${descending ? "-" : ""}${key}`;

/** @param state one of them; undefined: all */
export function shownStudies(
  studies: readonly StudyRow[],
  text: string,
  state: string | undefined,
  { key, descending }: Order,
): StudyRow[] {
  const sign = descending ? -1 : 1;
  return studies
    .filter((study) => (state === undefined || study.state === state) && matches(study, text))
    .sort((a, b) => sign * compare(a[key], b[key]) || b.id - a.id);
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

/** Studies ticked to be compared, the last two. @param text as in the address: `3,7` */
export const pickedOf = (text: string | undefined): number[] =>
  (text ?? "")
    .split(",")
    .filter((part) => /^\d+$/.test(part))
    .map(Number)
    .slice(-2);
