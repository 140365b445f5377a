/** Transpose to channels last, which leaving the blocked layout can do in the same pass. */
import { int } from "../../../graph/attribute.ts";
import { NCHWC } from "../rewriter.ts";
import type { BlockedRule } from "./types.ts";

export const transpose: BlockedRule = (node, w) => {
  const [x] = node.inputs as [string];
  const [y] = node.outputs as [string];
  const { perm } = node.attributes;
  if (!w.isBlocked(x) || perm?.kind !== "ints" || perm.value.join() !== "0,2,3,1") return false;
  const attributes = { channels: int(w.dims(x)![1]!), channels_last: int(1) };
  w.emit("ReorderOutput", [w.blocked(x)], attributes, {
    domain: NCHWC,
    outputs: [y],
    name: node.name,
  });
  w.setPlain(y);
  return true;
};
