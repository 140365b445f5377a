// Inference on the CPU: the networks take turns in one process, so that what else the machine does falls
// on all of them alike. On one thread, CPU time leaves out what other programs take.
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { median, quantile } from "../../dist/base/stats.js";
import { openOnnx } from "../../dist/onnx/index.js";
import { nodeEngine } from "../../dist/runtime/index.js";
import { readJson, writeJson } from "./whole.mjs";

const IMAGES = 32;
const WARM_UP = 2;

/** The folder's timing, taken where there is none. The values of the weights do not decide the time. */
export async function timingOf(plan, { rounds, retime, dryRun }, out, journal) {
  const path = join(out, "timing.json");
  const old = readJson(path);
  if (dryRun || (old !== undefined && !retime)) return old;
  journal.say(`timing ${plan.networks.length} networks in ${rounds} rounds`);
  const entries = [];
  for (const { name, file } of plan.networks) {
    const { graph } = openOnnx(join(out, file));
    const session = await nodeEngine.open(graph, { threads: 1 });
    const [input] = session.inputs;
    const dims = [IMAGES, ...input.shape.slice(1)];
    const size = dims.reduce((a, b) => a * b, 1);
    // A fixed pattern with the mean and spread of normalised pixels.
    const data = Float32Array.from({ length: size }, (_, i) => Math.SQRT2 * Math.sin(0.7 * i));
    const feeds = { [input.name]: { dtype: "float32", dims, data } };
    entries.push({ name, session, feeds, wallMs: [], cpuMs: [] });
  }
  const load = loadavg()[0];
  for (let round = -WARM_UP; round < rounds; round++)
    for (let i = 0; i < entries.length; i++) {
      // Another network begins each round.
      const entry = entries[(i + Math.max(0, round)) % entries.length];
      const cpu = process.cpuUsage();
      const began = performance.now();
      await entry.session.run(entry.feeds);
      const wallMs = performance.now() - began;
      const { user, system } = process.cpuUsage(cpu);
      if (round < 0) continue;
      entry.wallMs.push(wallMs / IMAGES);
      entry.cpuMs.push((user + system) / 1000 / IMAGES);
    }
  for (const { session } of entries) await session.release();
  const spread = (values) => ({
    median: median(values),
    lower: quantile(values, 0.25),
    upper: quantile(values, 0.75),
  });
  const timing = {
    images: IMAGES,
    threads: 1,
    rounds,
    load,
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    networks: entries.map(({ name, wallMs, cpuMs }) => ({
      name,
      wallMs: spread(wallMs),
      cpuMs: spread(cpuMs),
      // In each round against the first network of the plan: what slows a round slows both.
      cpuRatio: spread(cpuMs.map((ms, k) => ms / entries[0].cpuMs[k])),
    })),
  };
  writeJson(path, timing);
  return timing;
}
