/** From flags to a study: the same thing that a study file says, checked by the same parser. */
import { basename, extname } from "node:path";
import { UserError } from "../base/errors.ts";
import {
  checkName,
  DEFAULT_STUDY,
  loadDevice,
  OBJECTIVES,
  readSpecFile,
  resolveSpec,
  type StudySpec,
} from "../study/index.ts";

export interface StudyFlags {
  readonly table?: string;
  readonly dataset?: string;
  readonly device?: readonly string[];
  readonly batch?: number;
  readonly precision?: string;
  readonly host?: string;
  readonly tuned?: boolean;
  readonly hostUs?: number;
  readonly maximize?: readonly string[];
  readonly minimize?: readonly string[];
  readonly constraint?: readonly string[];
  readonly algorithm?: string;
  readonly set?: Readonly<Record<string, number>>;
  readonly evaluations?: number;
  readonly minutes?: number;
  readonly seed?: number;
  readonly workers?: number;
  readonly name?: string;
}

/** What only makes sense where no study file says it. */
const STUDY_ONLY = [
  "table",
  "dataset",
  "device",
  "batch",
  "precision",
  "host",
  "tuned",
  "hostUs",
  "maximize",
  "minimize",
  "constraint",
  "algorithm",
  "set",
] as const satisfies readonly (keyof StudyFlags)[];

/** @throws UserError where the file and the flags contradict each other, or either is wrong */
export function studyOf(file: string | undefined, flags: StudyFlags): StudySpec {
  const spec = file === undefined ? fromFlags(flags) : fromFile(file, flags);
  return {
    ...spec,
    name: flags.name === undefined ? spec.name : checkName(flags.name, "--name"),
    seed: flags.seed ?? spec.seed,
    workers: flags.workers ?? spec.workers,
    budget: {
      ...spec.budget,
      ...(flags.evaluations === undefined ? {} : { evaluations: flags.evaluations }),
      ...(flags.minutes === undefined ? {} : { minutes: flags.minutes }),
    },
  };
}

function fromFile(file: string, flags: StudyFlags): StudySpec {
  const both = STUDY_ONLY.find((flag) => flags[flag] !== undefined);
  if (both !== undefined)
    throw new UserError(`both ${file} and --${flagName(both)} say what to study`, {
      hint: `change ${file}, or leave it out; --name, --seed, --workers, --evaluations and --minutes may be given beside it`,
      exitCode: 2,
    });
  if (/\.csv(\.gz)?$/i.test(file))
    throw new UserError(`${file} is a table, not a study file`, {
      hint: `tidemark explore --table ${file} --maximize COLUMN --minimize COLUMN`,
      exitCode: 2,
    });
  return readSpecFile(file);
}

function fromFlags(flags: StudyFlags): StudySpec {
  if (flags.table === undefined) return networks(flags);
  const foreign = (
    ["dataset", "device", "batch", "precision", "host", "tuned", "hostUs"] as const
  ).find((flag) => flags[flag] !== undefined);
  if (foreign !== undefined)
    throw new UserError(
      `--${flagName(foreign)} means nothing for --table: its numbers are measured`,
      {
        hint: `leave --${flagName(foreign)} out, or put the setting into the table as a column`,
        exitCode: 2,
      },
    );
  if (!flags.maximize && !flags.minimize)
    throw new UserError("--table needs objectives", {
      hint: "name columns, e.g. --maximize accuracy --minimize latency_ms",
      exitCode: 2,
    });
  return resolveSpec(
    { space: { kind: "table", file: flags.table }, objectives: goals(flags, {}), ...common(flags) },
    { origin: "flags", name: basename(flags.table, extname(flags.table)) },
  );
}

function networks(flags: StudyFlags): StudySpec {
  const [accuracy, latency] = DEFAULT_STUDY.objectives;
  const devices = (flags.device ?? [latency.device]).map((device) => ({
    device,
    id: loadDevice(device).id,
  }));
  const batch = flags.batch ?? latency.batch;
  const precision = flags.precision ?? latency.precision;
  const host = flags.host ?? latency.host;
  const setting = {
    batch,
    precision,
    host,
    ...(flags.tuned ? { tuned: true } : {}),
    ...(flags.hostUs === undefined ? {} : { hostUsPerOp: flags.hostUs }),
  };
  /** One objective for each device; the device's name is part of it where there are several. */
  const timed = (kind: string, goal: string) =>
    devices.map(({ device, id }) => ({
      name: devices.length === 1 ? kind : `${kind}_${id}`,
      kind,
      goal,
      device,
      ...setting,
    }));
  const objectives =
    flags.maximize || flags.minimize
      ? goals(flags, Object.fromEntries(TIMED.map((kind) => [kind, timed])))
      : [accuracy, ...timed(latency.name, latency.goal)];
  const dataset = flags.dataset ?? DEFAULT_STUDY.space.dataset;
  const name = [
    DEFAULT_STUDY.space.kind,
    dataset,
    ...devices.map((d) => d.id),
    precision,
    `b${batch}`,
    ...(host === latency.host ? [] : [host]),
    ...(flags.tuned ? ["tuned"] : []),
  ].join("-");
  return resolveSpec(
    { space: { kind: DEFAULT_STUDY.space.kind, dataset }, objectives, ...common(flags) },
    { origin: "flags", name },
  );
}

/** Kinds of objectives that are timed on a device. */
const TIMED = OBJECTIVES.filter((k) => "device" in k.schema.shape).map((k) => k.kind);

/** `hostUs` is `--host-us`. */
const flagName = (key: string) => key.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

type Expand = (kind: string, goal: string) => readonly object[];

function goals(flags: StudyFlags, expand: Readonly<Record<string, Expand>>): readonly object[] {
  const one = (goal: string) => (name: string) => expand[name]?.(name, goal) ?? [{ name, goal }];
  return [
    ...(flags.maximize ?? []).flatMap(one("maximize")),
    ...(flags.minimize ?? []).flatMap(one("minimize")),
  ];
}

function common(flags: StudyFlags): object {
  return {
    ...(flags.constraint ? { constraints: flags.constraint } : {}),
    ...(flags.algorithm || flags.set
      ? { search: { algorithm: flags.algorithm ?? "exhaustive", ...flags.set } }
      : {}),
  };
}
