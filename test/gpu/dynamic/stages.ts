/** Pieces of networks for early exits and layer skipping. */
import { ints } from "../../../src/graph/attribute.ts";
import { GraphBuilder } from "../../../src/graph/builder.ts";
import { zeros } from "../../../src/graph/tensor.ts";
import type { Graph } from "../../../src/graph/types.ts";

/** `depth` 3x3 convolutions with ReLU on [batch, channels, side, side]; to other channels at the end. */
export function chain(
  name: string,
  depth: number,
  channels = 64,
  side = 28,
  outChannels = channels,
): Graph {
  const b = new GraphBuilder({ name });
  let x = b.input("x", ["batch", channels, side, side]);
  for (let i = 0; i < depth; i++) {
    const out = i === depth - 1 ? outChannels : channels;
    const w = b.initializer(`w${i}`, zeros("float32", [out, channels, 3, 3]));
    x = b.add("Conv", [x, w], { pads: ints(1, 1, 1, 1) }, { name: `conv${i}` });
    x = b.add("Relu", [x], {}, { name: `relu${i}` });
  }
  b.output(x);
  return b.build();
}
