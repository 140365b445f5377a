/** Studies: the list at `#/studies`, one at `#/studies/3`, two side by side at `#/studies/compare?a=1&b=2`. */
import type { ViewProps } from "../types.ts";
import { Compare } from "./compare.tsx";
import { StudyListPage } from "./list.tsx";
import "./studies.css";
import { StudyPage } from "./study-page.tsx";

export default function Studies({ rest }: ViewProps) {
  const [part] = rest;
  if (part === undefined) return <StudyListPage />;
  if (part === "compare") return <Compare />;
  return <StudyPage key={part} id={Number(part)} />;
}
