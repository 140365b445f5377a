/**
 * Layer skipping (SkipNet): a gate on the mean features of a residual block's input decides for each
 * input whether the block's branch is computed; where not, the shortcut alone goes on.
 */
import { UserError } from "../../base/errors.ts";
import { int } from "../../graph/attribute.ts";
import { Network } from "../../zoo/morphisms/network.ts";
import { Patch } from "../../zoo/morphisms/patch.ts";
import { linearUniform } from "../../zoo/weights.ts";
import type { RegionOf } from "../plan.ts";
import { residualsOf } from "../residuals.ts";
import { cutsOf, stagesOf } from "../trunk.ts";
import { wantedStages } from "./stages.ts";
import type { Mechanism } from "./types.ts";

/** Features of the gate between its two linear layers. */
const HIDDEN = 8;
/** Gates begin open: half of the logistic noise's deviation above the threshold. */
const OPEN = 2;

export const layers: Mechanism = {
  name: "layers",
  summary: "gates that leave out the branches of residual blocks, for each input",
  options: {
    at: { kind: "stages", byDefault: "all", summary: "stages whose blocks get gates" },
    target: {
      kind: "number",
      byDefault: 0.6,
      min: 0,
      max: 1,
      summary: "share of inputs that a training leaves each block, on average",
    },
  },
  convert(network, values, seed) {
    const { graph } = network;
    const found = residualsOf(graph, stagesOf(cutsOf(graph, graph.outputs[0]!.name)));
    if (found.length === 0)
      throw new UserError(`layers: ${graph.name} has no residual block with an identity shortcut`, {
        hint: "choose another mechanism: exits, multires or attention",
        exitCode: 2,
      });
    const gated = new Set(network.plan.regions.map(({ output }) => output));
    const free = found.filter(({ branch }) => !gated.has(branch));
    if (free.length === 0)
      throw new UserError(`layers: each residual block of ${graph.name} has a gate already`, {
        hint: "name each stage once, e.g. -m layers:at=1 -m layers:at=2,target=0.4",
        exitCode: 2,
      });
    const stages = wantedStages(
      `layers: ${graph.name}`,
      values,
      free.map(({ stage }) => stage),
      "free residual block with an identity shortcut",
    );
    const wanted = free.filter(({ stage }) => stages.includes(stage));
    let so = network;
    for (const residual of wanted) {
      const name = `skip${so.plan.regions.length + 1}`;
      const patch = new Patch(new Network(so.graph), name);
      const { channels } = residual.from;
      const linear = (part: string, x: string, from: number, to: number, start?: number) => {
        const [w, b] = [`${part}.weight`, `${part}.bias`];
        const weight = patch.constant(w, linearUniform(patch.path(w), [to, from], from, seed));
        const bias =
          start === undefined
            ? patch.constant(b, linearUniform(patch.path(b), [to], from, seed))
            : patch.weight(b, [to], (out) => out.fill(start));
        return patch.add("Gemm", part, [x, weight, bias], { transB: int(1) });
      };
      const pooled = patch.add("GlobalAveragePool", "pool", [residual.from.value]);
      const flat = patch.add("Flatten", "flatten", [pooled], { axis: int(1) });
      const hidden = patch.add("Relu", "relu", [linear("fc1", flat, channels, HIDDEN)]);
      const score = linear("fc2", hidden, HIDDEN, 1, OPEN);
      const region: RegionOf<"layer"> = {
        kind: "layer",
        name,
        nodes: [...residual.nodes],
        input: residual.from.value,
        output: residual.branch,
        by: "gate",
        score,
        threshold: 0,
        target: values.target as number,
      };
      const outputs = [
        ...so.graph.outputs,
        { name: score, dtype: "float32" as const, shape: undefined },
      ];
      so = {
        graph: patch.finish({ ...so.graph, outputs }),
        plan: { ...so.plan, regions: [...so.plan.regions, region] },
      };
    }
    return so;
  },
};
