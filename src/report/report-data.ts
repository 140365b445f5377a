/** From the store to a report. */
import { invariant } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Device } from "../gpu/device.ts";
import type { HostMode, Precision } from "../gpu/types.ts";
import type { ObjectiveSpec, StudyRecord, StudySpec, TrialBlock } from "../study/index.ts";
import {
  correlationLines,
  loadDevice,
  rankCorrelations,
  resultOf,
  TRIAL_STATES,
} from "../study/index.ts";
import { DATASETS } from "../study/spaces/nasbench201.ts";
import { NUMBERING } from "../study/spaces/table.ts";
import {
  type NetworkContext,
  type NetworkSpace,
  REPORT_FORMAT,
  type ReportData,
  type Timing,
} from "./data.ts";
import { encodeColumn } from "./encode.ts";
import { timingText } from "./network.ts";
import { formatNumber } from "./number.ts";

export interface ReportDataOptions {
  /** Of Tidemark. */
  readonly version: string;
  readonly now?: Date;
  /** Wall-clock time of the run, where it is known. */
  readonly durationMs?: number;
}

/** Reads the device files that the study names; one that is gone leaves the report without layers. */
export function reportData(
  study: StudyRecord,
  block: TrialBlock,
  options: ReportDataOptions,
): ReportData {
  const spec = study.spec as unknown as StudySpec;
  const result = resultOf(study, block);
  const { network, missing } = networkContext(spec);
  return {
    format: REPORT_FORMAT,
    version: options.version,
    generatedAt: (options.now ?? new Date()).toISOString(),
    study: {
      id: study.id,
      name: study.name,
      state: study.state,
      createdAt: study.createdAt,
      durationMs: options.durationMs ?? null,
      spec: study.spec,
    },
    asked: askedOf(spec, network),
    spaceSize: study.size,
    objectives: study.objectives.map(({ name, unit, goal }) => {
      const batch = network?.timings.find((t) => t.value === name)?.batch ?? 1;
      return { name, unit, goal, ...(batch > 1 ? { batch } : {}) };
    }),
    constraints: study.constraints.map(({ name, op, bound }) => ({ name, op, bound })),
    notes: [
      ...study.notes,
      ...correlationLines(rankCorrelations(study, block)),
      ...missing.map((why) => `no layers for designs timed on that device: ${why}`),
      ...(result.counts.failed > 0
        ? [
            `${formatNumber(result.counts.failed)} designs failed and are left out; first: ${[...block.errors.values()][0] ?? "no reason stored"}`,
          ]
        : []),
    ],
    trials: {
      count: block.count,
      state: encodeColumn({
        kind: "label",
        name: "state",
        labels: TRIAL_STATES,
        data: Int32Array.from(block.states),
      }),
      design: block.design.map(encodeColumn),
      values: block.values.map(encodeColumn),
    },
    names: spec.space.kind === "table" || spec.space.kind === "morphism" ? namesIn(block) : [],
    front: result.front.map((entry) => entry.trial),
    hypervolume:
      result.hypervolume === null || result.reference === null
        ? null
        : {
            value: result.hypervolume,
            reference: study.objectives.map((o) => result.reference![o.name]!),
          },
    network,
  };
}

/** By the rule of the table space: text, or a number of the row, that differs in every design. */
function namesIn(block: TrialBlock): string[] {
  return block.design
    .filter((column) => column.kind === "label" || NUMBERING.has(column.name.toLowerCase()))
    .filter(
      ({ kind, data }) =>
        block.count > 1 &&
        new Set<number>(data).size === block.count &&
        data.every((x) => (kind === "label" ? x >= 0 : !Number.isNaN(x))),
    )
    .map((column) => column.name);
}

function askedOf(
  spec: StudySpec,
  network: NetworkContext | null,
): { label: string; text: string }[] {
  const { kind, ...settings } = spec.space;
  const space = [kind, ...Object.values(settings).filter((v) => typeof v === "string")].join(" ");
  const { algorithm, options } = spec.search;
  const search = [algorithm, ...Object.entries(options).map(([k, v]) => `${k} ${v}`)].join(", ");
  const budget = [
    ...(spec.budget.evaluations === undefined
      ? []
      : [`${formatNumber(spec.budget.evaluations)} designs`]),
    ...(spec.budget.minutes === undefined ? [] : [`${formatNumber(spec.budget.minutes)} min`]),
  ].join(", ");
  return [
    { label: "space", text: space },
    ...(network?.timings ?? []).map((t) => ({
      label: t.value,
      text: timingText(t),
    })),
    ...spec.constraints.map((c) => ({
      label: "only",
      text: `${c.name} ${c.op === "<=" ? "≤" : "≥"} ${formatNumber(c.bound)}`,
    })),
    { label: "search", text: search },
    ...(budget === "" ? [] : [{ label: "budget", text: budget }]),
    { label: "seed", text: String(spec.seed) },
  ];
}

function networkContext(spec: StudySpec): {
  readonly network: NetworkContext | null;
  readonly missing: readonly string[];
} {
  const space = networkSpace(spec);
  if (!space) return { network: null, missing: [] };
  const missing: string[] = [];
  const timings = [...spec.objectives, ...spec.constraints].flatMap((o): Timing[] => {
    const field = FIELDS[o.kind];
    if (field === undefined) return [];
    try {
      return [timingOf(o, field)];
    } catch (error) {
      missing.push((error as Error).message);
      return [];
    }
  });
  return { network: timings.length === 0 ? null : { space, timings }, missing };
}

const FIELDS: Readonly<Record<string, Timing["field"] | undefined>> = {
  latency_ms: "latencyMs",
  gpu_ms: "gpuMs",
};

function timingOf(
  objective: Pick<ObjectiveSpec, "name" | "settings">,
  field: Timing["field"],
): Timing {
  const { device, precision, batch, host, ...more } = objective.settings as Record<string, Json>;
  return {
    value: objective.name,
    field,
    device: finite(loadDevice(device as string)),
    precision: precision as Precision,
    batch: Number(batch),
    host: host as HostMode,
    more,
  };
}

function networkSpace(spec: StudySpec): NetworkSpace | undefined {
  const { space } = spec;
  if (space.kind === "nasbench201") {
    const { classes, resolution } = DATASETS[space.dataset as keyof typeof DATASETS];
    return { kind: "nasbench201", classes, resolution };
  }
  if (space.kind === "zoo")
    return {
      kind: "zoo",
      network: String(space.network),
      fixed: (space.fixed ?? {}) as Readonly<Record<string, string | number>>,
    };
  return undefined;
}

/** JSON would turn a number that is not finite into null. */
function finite(device: Device): Device {
  JSON.stringify(device, (key, value: unknown) => {
    invariant(
      typeof value !== "number" || Number.isFinite(value),
      `device ${device.id}: ${key} is ${String(value)}`,
    );
    return value;
  });
  return device;
}
