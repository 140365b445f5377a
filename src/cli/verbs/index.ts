/**
 * Every verb of the command, in the order that help shows them. Each is loaded when it is asked for:
 * one verb alone needs a small part of the program.
 */
import type { Command } from "commander";

type Load = () => Promise<() => Command>;

export const VERBS: Readonly<Record<string, Load>> = {
  explore: async () => (await import("./explore.ts")).explore,
  resume: async () => (await import("./resume.ts")).resume,
  show: async () => (await import("./show.ts")).show,
  profile: async () => (await import("./profile.ts")).profile,
  widths: async () => (await import("./widths.ts")).widths,
  retune: async () => (await import("./retune.ts")).retune,
  compare: async () => (await import("./compare.ts")).compare,
  run: async () => (await import("./run.ts")).run,
  "import-profile": async () => (await import("./import-profile.ts")).importProfile,
  data: async () => (await import("./data.ts")).data,
  train: async () => (await import("./train.ts")).train,
  dynamic: async () => (await import("./dynamic/index.ts")).dynamic,
  serve: async () => (await import("./serve.ts")).serve,
  devices: async () => (await import("./devices.ts")).devices,
  measure: async () => (await import("./measure.ts")).measure,
  validate: async () => (await import("./validate.ts")).validate,
  calibrate: async () => (await import("./calibrate.ts")).calibrate,
  spaces: async () => (await import("./spaces.ts")).spaces,
  studies: async () => (await import("./studies.ts")).studies,
  front: async () => (await import("./front.ts")).front,
  export: async () => (await import("./export.ts")).exportVerb,
  report: async () => (await import("./report.ts")).report,
  schema: async () => (await import("./schema.ts")).schema,
};

/** Those that the arguments are about: one by its name; all where help or a mistake needs them. */
export function wantedVerbs(args: readonly string[]): readonly Load[] {
  const [first = ""] = args;
  if (first === "-V" || first === "--version") return [];
  const one = Object.hasOwn(VERBS, first) ? VERBS[first] : undefined;
  return one === undefined ? Object.values(VERBS) : [one];
}
