/** The network of a region that is given by its sizes. */
import { UserError } from "../../base/errors.ts";
import { int, ints } from "../../graph/attribute.ts";
import { GraphBuilder } from "../../graph/builder.ts";
import { zeros } from "../../graph/tensor.ts";
import type { Graph } from "../../graph/types.ts";
import type { ConvSpec, RegionSpec } from "./types.ts";

/** @throws UserError where a size is no whole number of at least 1, or there is no convolution */
export function regionGraph(spec: RegionSpec, name: string): Graph {
  const { batch, channels, height, width, convs } = spec;
  wholes(name, { batch, channels, height, width });
  if (convs.length === 0)
    throw wrong(
      name,
      "no convolutions, expected at least one",
      "give `convs` in the order they run",
    );
  const b = new GraphBuilder({ name });
  const x = b.input("input", [batch, channels, height, width]);
  let y = x;
  let depth = channels;
  convs.forEach((conv, i) => {
    const own = conv.name ?? `conv${i + 1}`;
    y = convolution(b, own, y, depth, conv, name);
    depth = conv.channels;
    if (conv.batchNorm === true) {
      const parts = ["scale", "bias", "mean", "var"].map((part) =>
        b.initializer(`${own}.bn.${part}`, zeros("float32", [depth])),
      );
      y = b.add("BatchNormalization", [y, ...parts], {}, { name: `${own}.bn` });
    }
    const last = i === convs.length - 1;
    if (last && spec.residual === true) y = b.add("Add", [y, x], {}, { name: "sum" });
    if (conv.activation !== false) y = b.add("Relu", [y], {}, { name: `${own}.relu` });
  });
  b.output(y);
  return b.build();
}

function convolution(
  b: GraphBuilder,
  name: string,
  x: string,
  depth: number,
  conv: ConvSpec,
  region: string,
): string {
  const { channels, kernel, stride = 1, dilation = 1, groups = 1 } = conv;
  wholes(`${region}, ${name}`, { channels, kernel, stride, dilation, groups });
  const padding = conv.padding ?? Math.floor(((kernel - 1) * dilation) / 2);
  if (!(Number.isInteger(padding) && padding >= 0))
    throw wrong(
      `${region}, ${name}`,
      `padding is ${padding}, expected a whole number of at least 0`,
    );
  if (depth % groups !== 0 || channels % groups !== 0)
    throw wrong(
      `${region}, ${name}`,
      `${depth} input and ${channels} output channels are not both divisible by ${groups} groups`,
      "choose groups that divide both",
    );
  const weight = b.initializer(
    `${name}.weight`,
    zeros("float32", [channels, depth / groups, kernel, kernel]),
  );
  const bias = b.initializer(`${name}.bias`, zeros("float32", [channels]));
  return b.add(
    "Conv",
    [x, weight, bias],
    {
      kernel_shape: ints(kernel, kernel),
      strides: ints(stride, stride),
      dilations: ints(dilation, dilation),
      pads: ints(padding, padding, padding, padding),
      group: int(groups),
    },
    { name },
  );
}

function wholes(where: string, sizes: Readonly<Record<string, number>>): void {
  for (const [what, value] of Object.entries(sizes))
    if (!(Number.isInteger(value) && value >= 1))
      throw wrong(where, `${what} is ${value}, expected a whole number of at least 1`);
}

function wrong(region: string, message: string, hint = "check the region's sizes"): UserError {
  return new UserError(`region ${region}: ${message}`, { hint, exitCode: 2 });
}
