/** Operators that treat each channel alike and alone. */
import type { Layout, TieContext, TieRule } from "../ties.ts";

/** One input with channels; the first output has the same. */
export const unary: TieRule = (context) => {
  const x = context.layout(0);
  if (x) context.output(x);
};

/** Scale, shift, mean and variance by channel. */
export const batchNormalization: TieRule = (context) => perChannel(context, [1, 2, 3, 4]);

export const instanceNormalization: TieRule = (context) => perChannel(context, [1, 2]);

function perChannel(context: TieContext, parameters: readonly number[]): void {
  const x = context.layout(0);
  if (x === undefined) return;
  if (parameters.some((i) => context.constant(i) === undefined)) {
    context.fix("its parameters are computed", [0]);
    return;
  }
  for (const input of parameters)
    context.slot({
      kind: "gather",
      node: context.node.name,
      input,
      axis: 0,
      segments: x.segments,
    });
  context.output(x);
}

/** Operands are broadcast against one another; the axes are counted from the last. */
export const broadcast: TieRule = (context) => {
  const { node } = context;
  const rank = context.shape(node.outputs[0])?.length;
  const laid = node.inputs.flatMap((name, i) => {
    const layout = context.layout(i);
    const own = context.shape(name)?.length;
    return layout && own !== undefined ? [{ i, layout, fromEnd: own - layout.axis }] : [];
  });
  // Of operands with channels the widest leads: another may have one that is broadcast.
  const lead = laid.find(({ layout }) => places(context, layout) > 1) ?? laid[0];
  if (lead === undefined) return;
  if (rank === undefined || laid.some(({ fromEnd }) => fromEnd !== lead.fromEnd)) {
    context.fix("its operands' channels lie on different axes");
    return;
  }
  const { segments } = lead.layout;
  for (let i = 0; i < node.inputs.length; i++) {
    const name = node.inputs[i]!;
    const layout = context.layout(i);
    if (name === "" || i === lead.i) continue;
    if (layout) {
      if (places(context, layout) > 1) context.join(segments, layout.segments);
      else context.hold("one channel, broadcast", [i]);
      continue;
    }
    const tensor = context.constant(i);
    const shape = tensor?.dims ?? context.shape(name);
    const axis = shape === undefined ? -1 : shape.length - lead.fromEnd;
    if (shape !== undefined && (axis < 0 || shape[axis] === 1)) continue;
    if (tensor === undefined) {
      context.fix("an operand's channels are not known", [lead.i]);
      continue;
    }
    context.slot({ kind: "gather", node: node.name, input: i, axis, segments });
  }
  context.output({ axis: rank - lead.fromEnd, segments });
};

function places(context: TieContext, layout: Layout): number {
  return layout.segments.reduce((n, s) => n + s.repeat * context.channels(s.dim), 0);
}

/** Windows and means over other axes than the channels'. */
export const pool: TieRule = (context) => {
  const x = context.layout(0);
  if (x === undefined) return;
  if (x.axis !== 1) context.fix("its channels are not axis 1", [0]);
  else context.output(x);
};
