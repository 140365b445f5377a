// The comparison, as JSON and as a table.
import { mean } from "../../dist/base/stats.js";
import { version } from "../../dist/cli/version.js";
import { formatSi, formatTable } from "../../dist/report/index.js";

/** @param jobs with their records where they are trained */
export function resultOf(plan, jobs, timing, { control, seeds }) {
  const rows = plan.networks.map((network) => {
    const done = jobs.filter((job) => job.network.name === network.name && job.record);
    const accuracy = done.map(({ seed, record }) => ({
      seed,
      accuracy: record.result.test.accuracy,
      loss: record.result.test.loss,
      resumedAt: record.resumedAt,
      seconds: record.epochs.reduce((sum, epoch) => sum + epoch.seconds, 0),
    }));
    return {
      ...network,
      cpu: timing?.networks.find((each) => each.name === network.name),
      ...(accuracy.length > 0 && { accuracy: spread(accuracy.map((a) => a.accuracy)) }),
      seeds: accuracy,
    };
  });
  const [original, ...others] = rows;
  const record = jobs.find((job) => job.record)?.record;
  return {
    format: "tidemark-tail-aware",
    version: 1,
    complete: jobs.length > 0 && jobs.every((job) => job.record !== undefined),
    date: new Date().toISOString(),
    options: { ...plan.options, seeds, control },
    networks: rows,
    differences: others.flatMap((other) => {
      const found = difference(original, other);
      return found === undefined ? [] : [found];
    }),
    retune: plan.retune,
    ...(timing && {
      timing: {
        images: timing.images,
        threads: timing.threads,
        rounds: timing.rounds,
        load: timing.load,
        cpu: timing.cpu,
      },
    }),
    ...(record && { data: record.data, machine: record.machine, versions: record.versions }),
    tidemark: version(),
  };
}

/** Sample mean and standard deviation; the latter needs two values. */
function spread(values) {
  const m = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - m) ** 2, 0);
  return {
    mean: m,
    ...(values.length > 1 && { sd: Math.sqrt(squares / (values.length - 1)) }),
  };
}

/**
 * Seed by seed, since a seed gives both networks the same order and augmentation; the standard error
 * is that of the mean of these differences.
 */
function difference(original, other) {
  const pairs = other.seeds.flatMap(({ seed, accuracy }) => {
    const own = original.seeds.find((each) => each.seed === seed);
    return own === undefined ? [] : [accuracy - own.accuracy];
  });
  if (pairs.length === 0) return undefined;
  const { mean: m, sd } = spread(pairs);
  return {
    network: other.name,
    pairs,
    mean: m,
    ...(sd !== undefined && { standardError: sd / Math.sqrt(pairs.length) }),
  };
}

const COLUMNS = [
  { key: "name", label: "network", value: (n) => n.name, keep: true },
  { key: "widths", label: "widths", value: (n) => n.widths },
  { key: "macs", label: "MACs", value: (n) => n.macs, text: (n) => formatSi(n.macs, "", 4) },
  {
    key: "params",
    label: "parameters",
    value: (n) => n.params,
    text: (n) => formatSi(n.params, "", 4),
  },
  {
    key: "latencyMs",
    label: "predicted, ms",
    value: (n) => n.latencyMs,
    text: (n) => n.latencyMs.toPrecision(4),
  },
  {
    key: "cpu",
    label: "CPU, ms/image",
    value: (n) => n.cpu?.cpuMs.median,
    text: ({ cpu }) =>
      cpu === undefined
        ? ""
        : `${cpu.cpuMs.median.toFixed(2)} (${cpu.cpuMs.lower.toFixed(2)}-${cpu.cpuMs.upper.toFixed(2)})`,
  },
  {
    key: "accuracy",
    label: "accuracy, %",
    value: (n) => n.accuracy?.mean,
    text: ({ accuracy }) =>
      accuracy === undefined
        ? ""
        : `${points(accuracy.mean)}${accuracy.sd === undefined ? "" : ` ± ${points(accuracy.sd)}`}`,
  },
  {
    key: "seeds",
    label: "each seed",
    value: (n) => n.seeds.map((s) => points(s.accuracy)).join(" "),
  },
];

export function reportText(result) {
  const { options, networks, differences, retune, timing } = result;
  const rows = networks.filter((n) => n.name !== "wider" || options.control || n.seeds.length > 0);
  const [original] = networks;
  const lines = [
    `ResNet-${options.depth} ${options.base.join(",")} on ${options.data}, ${options.recipe.epochs} epochs; predicted for ${options.device}, batch ${options.batch}, ${options.host}`,
    "",
    formatTable(COLUMNS, rows).trimEnd(),
    "",
  ];
  for (const n of rows.slice(1)) {
    const cpu = n.cpu === undefined ? "" : `, CPU time x${n.cpu.cpuRatio.median.toFixed(2)}`;
    const ratio = (key) => `x${(n[key] / original[key]).toFixed(key === "latencyMs" ? 4 : 2)}`;
    const found = differences.find((each) => each.network === n.name);
    const gain =
      found === undefined
        ? ""
        : `, accuracy ${signed(found.mean)} points${found.standardError === undefined ? "" : ` (standard error ${points(found.standardError)})`} over ${found.pairs.length} ${found.pairs.length === 1 ? "seed" : "seeds"}`;
    lines.push(
      `${n.name}: MACs ${ratio("macs")}, parameters ${ratio("params")}, predicted latency ${ratio("latencyMs")}${cpu}${gain}`,
    );
  }
  const { optimal, bound } = retune.search;
  lines.push(
    optimal
      ? "retuned: no combination of step edges in the range has more MACs in that latency"
      : `retuned: within ${(100 * bound.gap).toFixed(1)} % of the most MACs that step edges in the range can have`,
  );
  if (timing !== undefined)
    lines.push(
      `CPU time: ${timing.images} images a call, ${timing.threads} thread, median and quartiles of ${timing.rounds} rounds in turn, load ${timing.load.toFixed(1)}; ${timing.cpu}`,
    );
  if (!result.complete) lines.push("not all trainings are done");
  return `${lines.join("\n")}\n`;
}

const points = (share) => (100 * share).toFixed(2);
const signed = (share) => `${share < 0 ? "-" : "+"}${points(Math.abs(share))}`;
