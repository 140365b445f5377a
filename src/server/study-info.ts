/** What the API says of a study, from its record in the store. */
import { SPACES, type StudyOverview, type StudyRecord } from "../study/index.ts";
import type { StudyDetail, StudyRow } from "./api/types.ts";

interface Spec {
  readonly space?: { readonly kind?: string };
  readonly search?: { readonly algorithm?: string };
  readonly seed?: number;
}

export function rowOf(study: StudyOverview): StudyRow {
  const spec = study.spec as Spec;
  return {
    id: study.id,
    name: study.name,
    state: study.state,
    trials: study.trials,
    createdAt: study.createdAt,
    space: spec.space?.kind ?? "",
    algorithm: spec.search?.algorithm ?? "",
    seed: spec.seed ?? 0,
    objectives: study.objectives,
    note: study.note,
  };
}

/** @param failure what its process said at its end, where it failed and that is known */
export function detailOf(study: StudyRecord, failure?: string): StudyDetail {
  const { kind } = (study.spec as Spec).space ?? {};
  return {
    ...rowOf(study),
    failed: study.failed,
    constraints: study.constraints,
    rests: study.notes,
    size: study.size,
    networks: SPACES.find((space) => space.kind === kind)?.networks ?? false,
    ...(failure !== undefined && { failure }),
    spec: study.spec,
  };
}
