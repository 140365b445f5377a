import type { Node } from "../../../graph/types.ts";
import type { Rewriter } from "../rewriter.ts";

/**
 * Computes a node on blocked values.
 *
 * @returns false where that does not go or does not pay; the node then stays as it is
 */
export type BlockedRule = (node: Node, w: Rewriter) => boolean;
