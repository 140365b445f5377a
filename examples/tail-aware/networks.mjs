// The networks that are compared: the original, its widths retuned, and, as the control, the original
// wider by one factor. Each becomes an ONNX file; what is said of it is read from that file.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { UserError } from "../../dist/base/errors.js";
import { summarize } from "../../dist/gpu/widths/summary.js";
import { openOnnx, saveOnnx } from "../../dist/onnx/index.js";
import { openDataset } from "../../dist/runtime/data/index.js";
import { zooNetworkFor } from "../../dist/runtime/training/zoo-network.js";
import { loadDevice } from "../../dist/study/index.js";
import { readJson, writeJson } from "./whole.mjs";

const TIDEMARK = fileURLToPath(new URL("../../bin/tidemark.mjs", import.meta.url));

/** What a folder was begun with; a run that goes on must ask for the same. */
const fixedOf = ({ data, base, depth, device, host, batch, range, recipe }) => ({
  data,
  base,
  depth,
  device,
  host,
  batch,
  range,
  recipe,
});

/**
 * The plan of the folder, made where there is none.
 *
 * @throws UserError where the folder was begun otherwise, or retuning changes nothing
 */
export async function planOf(options, out, journal) {
  const path = join(out, "plan.json");
  const fixed = JSON.parse(JSON.stringify(fixedOf(options)));
  const old = readJson(path);
  if (old !== undefined) {
    for (const [key, value] of Object.entries(fixed))
      if (JSON.stringify(old.options[key]) !== JSON.stringify(value))
        throw new UserError(
          `${out} was begun with ${key} ${JSON.stringify(old.options[key])}, not ${JSON.stringify(value)}`,
          { hint: "ask for the same, or choose another --out", exitCode: 2 },
        );
    return old;
  }
  journal.say(`reading ${options.data}`);
  const dataset = await openDataset(options.data, options.read);
  const build = (channels) =>
    zooNetworkFor(
      "resnet-cifar",
      {
        depth: options.depth,
        ...Object.fromEntries(channels.map((width, i) => [`channels${i + 1}`, width])),
      },
      dataset,
    );
  const predict = {
    device: loadDevice(options.device),
    precision: "fp32",
    host: options.host,
    batch: options.batch,
  };
  saveOnnx(build(options.base), join(out, "original.onnx"));
  journal.say(`retuning for ${options.device}`);
  const retune = retuned(options, out);
  const describe = (name, widths) => {
    const file = `${name}.onnx`;
    const { macs, params, latencyMs } = summarize(openOnnx(join(out, file)).graph, predict);
    return { name, file, widths, macs: macs / options.batch, params, latencyMs };
  };
  const original = describe("original", options.base.join(","));
  const other = describe("retuned", widthsOf(retune));
  const channels = widerChannels(options.base, other.macs * options.batch, (widths) =>
    summarize(build(widths), predict),
  );
  const networks = [original, other];
  if (channels.join() === options.base.join())
    journal.say("no control: the retuned network has no more MACs than the original");
  else {
    saveOnnx(build(channels), join(out, "wider.onnx"));
    networks.push(describe("wider", channels.join(",")));
  }
  const plan = {
    options: fixed,
    networks,
    retune: { groups: retune.groups, ratios: retune.ratios, search: retune.search },
  };
  writeJson(path, plan);
  return plan;
}

/** `tidemark retune`, as one would type it; its report as JSON. */
function retuned({ device, host, batch, range }, out) {
  const args = [
    ["retune", join(out, "original.onnx"), "--device", device, "--host", host],
    ["--batch", String(batch), "--range", range],
    ["-o", join(out, "retuned.onnx"), "--format", "json"],
  ].flat();
  const { status, stdout, stderr } = spawnSync(process.execPath, [TIDEMARK, ...args], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0)
    throw new UserError(`tidemark ${args.join(" ")}:\n${stderr.trim()}`, {
      hint: "correct what it names",
    });
  const report = JSON.parse(stdout);
  if (report.groups.every((group) => group.channels === group.retuned))
    throw new UserError(
      `no other widths are better: ${report.search.choices} groups stay as they are`,
      {
        hint: "allow more (--range), or choose another --base, --device or --batch",
      },
    );
  return report;
}

/** Widths in the order of the layers, equal neighbours once: `30 x4, 32 x4, 96, …`. */
function widthsOf({ groups }) {
  const runs = [];
  for (const { retuned } of groups) {
    const last = runs.at(-1);
    if (last?.width === retuned) last.count++;
    else runs.push({ width: retuned, count: 1 });
  }
  return runs.map(({ width, count }) => (count > 1 ? `${width} x${count}` : width)).join(", ");
}

/** The base times one factor, from 1 to 2.5, rounded: with MACs as near as that comes. */
function widerChannels(base, macs, summaryOf) {
  const distance = (widths) => Math.abs(Math.log(summaryOf(widths).macs / macs));
  let best;
  const seen = new Set();
  for (let factor = 1; factor <= 2.5; factor += 0.005) {
    const widths = base.map((width) => Math.round(width * factor));
    if (seen.has(widths.join())) continue;
    seen.add(widths.join());
    const off = distance(widths);
    if (best === undefined || off < best.off) best = { widths, off };
  }
  return best.widths;
}
