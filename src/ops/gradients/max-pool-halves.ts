/**
 * MaxPool of 2x2 windows side by side as two maxima of halves: neighbours in a row, then the rows of
 * a pair. The gradient goes back by the two comparisons. ONNX Runtime's kernel takes five times as
 * long when it is asked for indices, and the scatter by them comes on top: this takes two thirds of
 * the whole.
 */
import { int } from "../../graph/attribute.ts";
import type { Attribute } from "../../graph/types.ts";
import { intsAttr, stringAttr } from "../context.ts";
import { dtypeCode, dtypeOf, emit, list, reshape, slice, unsqueeze } from "./emit.ts";
import type { GradientContext } from "./types.ts";

interface Halves {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Undefined for any other pool, or where a size is not known. */
function halvesOf(ctx: GradientContext): Halves | undefined {
  const [, channels, height, width, ...more] = ctx.shape(ctx.node.inputs[0]!);
  if (typeof channels !== "number" || typeof height !== "number" || typeof width !== "number")
    return undefined;
  const { node } = ctx;
  const all = (name: string, wanted: number) =>
    intsAttr(ctx, name)?.every((value) => value === wanted) ?? true;
  const sideBySide =
    all("kernel_shape", 2) && all("strides", 2) && node.attributes.strides !== undefined;
  const plain = all("pads", 0) && all("dilations", 1);
  const auto = stringAttr(ctx, "auto_pad", "NOTSET");
  const even = height % 2 === 0 && width % 2 === 0;
  const alone = node.outputs.filter((output) => output !== "").length === 1;
  if (more.length > 0 || !sideBySide || !plain || !even || !alone) return undefined;
  return auto === "NOTSET" || auto === "VALID" ? { channels, height, width } : undefined;
}

/** Emits y = max(upper, lower) of rows that are max(left, right); undefined: not such a pool. */
export function poolHalves(ctx: GradientContext): Readonly<Record<string, string>> | undefined {
  const halves = halvesOf(ctx);
  if (halves === undefined) return undefined;
  const { node, builder } = ctx;
  const { channels, height, width } = halves;
  const columns = (start: number) => slice(ctx, node.inputs[0]!, [3], [start], [width], [2]);
  const [left, right] = [columns(0), columns(1)];
  const rows = reshape(ctx, emit(ctx, "Max", [left, right]), [-1, 2, width / 2]);
  const [upper, lower] = builder.addMany("Split", [rows, list(ctx, [1, 1])], 2, {
    axis: int(1),
  });
  const flat = emit(ctx, "Max", [upper!, lower!]);
  const target = list(ctx, [-1, channels, height / 2, width / 2]);
  builder.add("Reshape", [flat, target], {}, { name: node.name, outputs: [node.outputs[0]!] });
  return { left, right, upper: upper!, lower: lower! };
}

/** Between equal elements the first in row-major order has it all, as the index would say. */
export function poolHalvesGradient(ctx: GradientContext, g: string): string {
  const { left, right, upper, lower } = ctx.saved as Record<string, string>;
  const { channels, height, width } = halvesOf(ctx)!;
  const to: Record<string, Attribute> = { to: int(dtypeCode(ctx, dtypeOf(ctx))) };
  /** What goes to `first`, and the rest. */
  const share = (whole: string, first: string, second: string) => {
    const isFirst = emit(ctx, "Cast", [emit(ctx, "GreaterOrEqual", [first, second])], to);
    const one = emit(ctx, "Mul", [whole, isFirst]);
    return [one, emit(ctx, "Sub", [whole, one])];
  };
  const pairs = reshape(ctx, g, [-1, 1, width / 2]);
  const rows = emit(ctx, "Concat", share(pairs, upper!, lower!), { axis: int(1) });
  const columns = share(reshape(ctx, rows, [-1, channels, height, width / 2]), left!, right!);
  const joined = emit(
    ctx,
    "Concat",
    columns.map((half) => unsqueeze(ctx, half, 4)),
    { axis: int(4) },
  );
  return reshape(ctx, joined, [-1, channels, height, width]);
}
