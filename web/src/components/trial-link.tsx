/** From a network that is a study's trial back to that trial. */
import { hashOf } from "../router.ts";
import { list } from "../state/live.ts";

/** The study and trial of `study:3:17`; undefined of other networks. */
export function trialOf(
  reference: string,
): { readonly study: number; readonly trial: number } | undefined {
  const [, study, trial] = /^study:(\d{1,15}):(\d{1,15})$/.exec(reference) ?? [];
  return study === undefined ? undefined : { study: Number(study), trial: Number(trial) };
}

export function TrialLink({ reference }: { readonly reference: string }) {
  const of = trialOf(reference);
  if (of === undefined) return null;
  const { study, trial } = of;
  const name = list.value?.studies.find(({ id }) => id === study)?.name ?? study;
  return (
    <a href={hashOf({ path: ["front", String(study)], query: { pick: String(trial) } })}>
      trial {trial} of study {name}
    </a>
  );
}
