// What bench/dynamic.mjs times: dynamic networks with thresholds at which given shares of given images
// are left out, the images, and what an image costs.
import { resolve } from "node:path";

const dist = (file) => import(resolve(import.meta.dirname, "../dist", file));
const { stream } = await dist("base/rng.js");
const { convert } = await dist("dynamic/convert.js");
const { surenessOf } = await dist("dynamic/evaluation/confidence.js");
const { masked } = await dist("dynamic/masked.js");
const { macsOfInput, partCosts } = await dist("dynamic/parts.js");
const { isSpatial } = await dist("dynamic/plan.js");
const { parseMechanism } = await dist("dynamic/spec.js");
const { numbers, float32s } = await dist("graph/tensor.js");
const { Batches, openDataset, wholeSet } = await dist("runtime/data/index.js");
const { nodeEngine } = await dist("runtime/index.js");
const { normalizationFor } = await dist("runtime/training/model-score.js");

/** An exit that nobody takes. */
const NEVER = 2;

/** The network with mechanisms and without training: what begins at zero is drawn, as a training would leave it. */
export function untrained(dense, specs) {
  const network = convert(dense, specs.map(parseMechanism), 1);
  const initializers = new Map(network.graph.initializers);
  for (const [name, tensor] of initializers)
    if (/(gate|join)\.weight$/.test(name)) {
      const rng = stream(0, `bench/dynamic/${name}`);
      const values = Array.from({ length: numbers(tensor).length }, () => 0.05 * rng.normal());
      initializers.set(name, float32s(values, tensor.dims));
    }
  return { ...network, graph: { ...network.graph, initializers } };
}

/** Images of noise, or the test images of a data set as the network takes them. */
export async function imagesOf({ graph }, count, data) {
  const [channels, height, width] = graph.inputs[0].shape.slice(1);
  const size = channels * height * width;
  if (data === undefined) {
    const rng = stream(0, "bench/dynamic/images");
    return { count, size, data: Float32Array.from({ length: count * size }, () => rng.normal()) };
  }
  const dataset = await openDataset(data, {});
  const normalization = normalizationFor(graph, dataset, graph.name);
  const batches = new Batches(wholeSet(dataset.test), { batch: count, normalization });
  const { images, count: have } = batches.fill(0, 0);
  return { count: have, size, data: Float32Array.from(images.data) };
}

export function feedsOf(graph, images, batch) {
  const [input] = graph.inputs;
  const number = Math.max(1, Math.floor(images.count / batch));
  return Array.from({ length: number }, (_, i) => {
    const dims = [Math.min(batch, images.count), ...input.shape.slice(1)];
    const data = images.data.subarray(i * batch * images.size, (i * batch + dims[0]) * images.size);
    return { [input.name]: { dtype: "float32", dims, data } };
  });
}

/** Values of the masked network, for all images. */
async function valuesOf(network, images, names) {
  const { graph, logits, shares } = masked(network);
  const wanted = names({ logits, shares });
  const outputs = [...new Set(wanted)].map((name) => ({ name, dtype: "float32" }));
  const session = await nodeEngine.open({ ...graph, outputs }, { threads: 1 });
  try {
    const found = await session.run(feedsOf(graph, images, images.count)[0]);
    return wanted.map((name) => found[name]);
  } finally {
    await session.release();
  }
}

/** Thresholds at which such shares of the images leave at the exits, in their order; the rest goes on. */
export async function leavingAt({ graph, plan }, images, shares) {
  const outputs = await valuesOf({ graph, plan }, images, ({ logits }) => logits);
  let rest = Array.from({ length: images.count }, (_, i) => i);
  const exits = plan.exits.map((exit, k) => {
    const { data, dims } = outputs[k];
    const labels = new Int32Array(images.count);
    const { confidence } = surenessOf(data, labels, dims[1], exit.temperature);
    rest.sort((a, b) => confidence[b] - confidence[a]);
    const leave = Math.round((shares[k] ?? 0) * images.count);
    const threshold = leave === 0 ? NEVER : confidence[rest[leave - 1]];
    rest = rest.slice(leave);
    return { ...exit, threshold };
  });
  return { graph, plan: { ...plan, exits } };
}

/** Thresholds of the gates, one region after the other, at which such a share of each is computed. */
export async function openAt(network, images, share) {
  let { plan } = network;
  for (const [r, region] of plan.regions.entries()) {
    let value = Number.NEGATIVE_INFINITY;
    if (share < 1) {
      const so = { graph: network.graph, plan };
      const [score] = await valuesOf(so, images, () => [region.score]);
      const sorted = Float32Array.from(score.data).sort();
      value = sorted[Math.round((1 - share) * sorted.length)];
    } else value = -1e30;
    const set = isSpatial(region)
      ? { ...region, keep: { rule: "score", value } }
      : { ...region, threshold: value };
    plan = { ...plan, regions: plan.regions.with(r, set) };
  }
  return { graph: network.graph, plan };
}

/** Where images leave, and the multiply-accumulates that an image takes, of the dense network's. */
export async function outcomesOf(network, images) {
  const { plan } = network;
  const outputs = await valuesOf(network, images, ({ logits, shares }) => [...logits, ...shares]);
  const parts = partCosts(network);
  const labels = new Int32Array(images.count);
  const sure = plan.exits.map(
    ({ temperature }, k) =>
      surenessOf(outputs[k].data, labels, outputs[k].dims[1], temperature).confidence,
  );
  const left = [...plan.exits, undefined].map(() => 0);
  let macs = 0;
  for (let i = 0; i < images.count; i++) {
    const at = plan.exits.findIndex(({ threshold }, k) => sure[k][i] >= threshold);
    const exit = at < 0 ? plan.exits.length : at;
    left[exit]++;
    macs += macsOfInput(parts, exit, (r) => outputs[plan.exits.length + 1 + r].data[i]);
  }
  return {
    macs: macs / images.count / plan.denseMacs,
    left: left.map((n) => n / images.count),
  };
}

/** The network that nobody leaves early. */
export const stayed = ({ graph, plan }) => ({
  graph,
  plan: { ...plan, exits: plan.exits.map((exit) => ({ ...exit, threshold: NEVER })) },
});
