/**
 * The gradient of a convolution's weights, in the form that `src/ops/gradients/conv-weight-merged.ts`
 * gives it: one convolution whose channels are the batch, along an axis of width and channels.
 *
 * On blocked values it is a convolution with the samples in blocks: the input [1, N, H, W C] reordered
 * by samples, and the gradient's own blocks of channels as blocks of filters. It is summed in groups
 * of samples, which are so many more pieces of work for the threads.
 */
import { int, ints } from "../../../graph/attribute.ts";
import { int64s } from "../../../graph/tensor.ts";
import type { Node } from "../../../graph/types.ts";
import { NCHWC, type Rewriter } from "../rewriter.ts";

/** Of samples; what is left of a batch that they do not divide stays one group. */
const GROUPS = [4, 2, 1];

interface Form {
  readonly g: string;
  readonly samples: number;
  readonly filters: number;
  /** Sizes of the merged input. */
  readonly height: number;
  readonly width: number;
  /** Sizes of the gradient. */
  readonly kernel: readonly [number, number];
  readonly output: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
  readonly dilations: readonly [number, number];
}

export function convWeightGradient(node: Node, w: Rewriter): boolean {
  const form = formOf(node, w);
  if (form === undefined) return false;
  const { samples, filters, height, width, kernel, output, pads, dilations } = form;
  const [rows] = node.inputs as [string];
  const b = w.block;
  const [top, left, bottom, right] = pads;
  w.plain(rows);
  const padded =
    left === 0 && right === 0
      ? rows
      : w.emit("Pad", [rows, w.initializer(int64s([0, 0, 0, left, 0, 0, 0, right]))]);
  w.scope = `${node.name}/${height}x${width}`;
  const input = w.emit("ReorderInput", [padded], {}, { domain: NCHWC });
  const groups = GROUPS.find((n) => samples % (n * b) === 0)!;
  const perGroup = samples / groups;
  // [N, K/b, P Q, b of K] to [group, K/b, N/(group b), P Q, b of N, b of K]
  const split = w.reshape(
    w.blocked(form.g),
    groups,
    perGroup / b,
    b,
    filters / b,
    kernel[0] * kernel[1],
    b,
  );
  const turned = w.emit("Transpose", [split], { perm: ints(0, 3, 1, 4, 2, 5) });
  const weights = w.reshape(turned, groups * filters, perGroup, ...kernel);
  const parts = w.emit(
    "Conv",
    // The channels of group i are the samples from i N/groups: as they lie.
    [input, weights],
    {
      kernel_shape: ints(...kernel),
      dilations: ints(...dilations),
      pads: ints(top, 0, bottom, 0),
      group: int(groups),
    },
    { domain: NCHWC },
  );
  const [y] = node.outputs as [string];
  const channels = int(groups * filters);
  if (groups === 1) {
    w.emit("ReorderOutput", [parts], { channels }, { domain: NCHWC, outputs: [y] });
    w.setPlain(y);
    return true;
  }
  const plain = w.emit("ReorderOutput", [parts], { channels }, { domain: NCHWC });
  const stacked = w.reshape(plain, groups, filters, ...output);
  const axes = w.initializer(int64s([0]));
  w.emit("ReduceSum", [stacked, axes], { keepdims: int(1) }, { outputs: [y] });
  return true;
}

function formOf(node: Node, w: Rewriter): Form | undefined {
  const [rows, turned] = node.inputs as [string, string];
  const source = w.producer(turned);
  const perm = source?.attributes.perm;
  if (source?.op !== "Transpose" || perm?.kind !== "ints" || perm.value.join() !== "1,0,2,3")
    return undefined;
  const [from, kernel, to] = [w.dims(rows), w.dims(turned), w.dims(node.outputs[0])];
  const { attributes } = node;
  const list = (name: string, otherwise: readonly number[]) => {
    const a = attributes[name];
    return a?.kind === "ints" ? a.value : otherwise;
  };
  const group = attributes.group;
  if (from?.length !== 4 || kernel === undefined || to === undefined || from[0] !== 1)
    return undefined;
  if (group?.kind === "int" && group.value !== 1) return undefined;
  if (list("strides", [1, 1]).some((s) => s !== 1)) return undefined;
  const [filters, samples] = kernel as [number, number];
  const [g] = source.inputs as [string];
  if (samples % w.block !== 0 || !w.fits(g) || !w.hasBlocked(g)) return undefined;
  return {
    g,
    samples,
    filters,
    height: from[2]!,
    width: from[3]!,
    kernel: [kernel[2]!, kernel[3]!],
    output: [to[2]!, to[3]!],
    pads: list("pads", [0, 0, 0, 0]) as Form["pads"],
    dilations: list("dilations", [1, 1]) as Form["dilations"],
  };
}
