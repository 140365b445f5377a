/** The types that a file declares against those that were computed. */
import { UserError } from "../base/errors.ts";
import { neverEqual } from "../graph/dim.ts";
import type { Dim, Node, ValueType } from "../graph/types.ts";
import { shapeText } from "./context.ts";

/**
 * What both together say. A free dimension agrees with anything that it could be equal to; the
 * computed one is kept, for it says where it comes from, unless only the data decides it.
 *
 * @throws UserError where they contradict each other
 */
export function reconcile(
  node: Node,
  name: string,
  computed: ValueType,
  declared: ValueType,
  dataDependent: (symbol: string) => boolean,
): ValueType {
  const clash = (what: string) =>
    new UserError(
      `${node.name} (${node.op}): output ${name} is declared ${declared.dtype} ${shapeText(declared.shape)}, but computed ${computed.dtype} ${shapeText(computed.shape)}${what}`,
      { hint: "correct the declared type, or remove it and export the model again" },
    );
  if (computed.dtype !== declared.dtype) throw clash("");
  if (declared.shape === undefined) return computed;
  if (computed.shape === undefined) return declared;
  if (computed.shape.length !== declared.shape.length) throw clash("");
  const says = declared.shape;
  let changed = false;
  const shape = computed.shape.map((d, i): Dim => {
    const other = says[i]!;
    if (d === other) return d;
    if (neverEqual(d, other)) throw clash(`: ${other} against ${d} in axis ${i}`);
    if (typeof d !== "string" || !dataDependent(d)) return d;
    changed = true;
    return other;
  });
  return changed ? { dtype: computed.dtype, shape } : computed;
}
