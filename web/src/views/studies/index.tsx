/** Studies: the list at `#/studies`, one at `#/studies/3`, two side by side at `#/studies/compare?a=1&b=2`. */
import { ErrorBox, noStudy } from "../../components/error-box.tsx";
import { numberOf } from "../../router.ts";
import type { ViewProps } from "../types.ts";
import { Compare } from "./compare.tsx";
import { StudyListPage } from "./list.tsx";
import "./studies.css";
import { StudyPage } from "./study-page.tsx";

export default function Studies({ rest }: ViewProps) {
  const [part] = rest;
  if (part === undefined) return <StudyListPage />;
  if (part === "compare") return <Compare />;
  const id = numberOf(part);
  return id === undefined ? <ErrorBox error={noStudy(part)} /> : <StudyPage key={id} id={id} />;
}
