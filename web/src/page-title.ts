/** What the browser's tab says of the page: the study or network, the view, the app. */
import type { StudyRow } from "../../src/server/api/types.ts";
import type { Route } from "./route.ts";

/** @param view title of the view, undefined where there is none */
export function pageTitle(
  { path, query }: Route,
  view: string | undefined,
  studies: readonly Pick<StudyRow, "id" | "name">[],
): string {
  const nameOf = (id: string) => studies.find((study) => String(study.id) === id)?.name ?? id;
  const [kind, ...rest] = query.network?.split(":") ?? [];
  const what = /^\d+$/.test(path[1] ?? "")
    ? nameOf(path[1]!)
    : path[0] !== "design" && path[0] !== "gpu"
      ? undefined
      : kind === "study"
        ? `trial ${rest[1]} of ${nameOf(rest[0] ?? "")}`
        : kind === "zoo"
          ? rest.join(":")
          : undefined;
  return [what, view, "Tidemark"].filter((part) => part !== undefined).join(" – ");
}
