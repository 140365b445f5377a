/** The network that a space of networks begins with: a model file, or a network of the zoo. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { UserError } from "../../base/errors.ts";
import { suggest } from "../../base/suggest.ts";
import type { Graph } from "../../graph/types.ts";
import { openOnnx } from "../../onnx/index.ts";
import { zooNames } from "../../zoo/index.ts";
import { looksLikePath, zooNetwork } from "../../zoo/reference.ts";
import type { InputFile } from "../kinds.ts";

export interface Base {
  readonly graph: Graph;
  readonly inputs: readonly InputFile[];
  readonly notes: readonly string[];
}

/** @throws UserError where it is neither a file nor a network of the zoo */
export function openBase(reference: string): Base {
  const network = looksLikePath(reference) ? undefined : zooNetwork(reference);
  if (network !== undefined) return { graph: network, inputs: [], notes: [] };
  if (!existsSync(reference)) {
    // A name that is not known may have become a path beside the study by now.
    const typed = basename(reference).split(":")[0]!;
    const near = typed.includes(".") ? undefined : suggest(typed, zooNames);
    throw new UserError(`space: base '${reference}' is no file and no network of the zoo`, {
      hint: near
        ? `did you mean '${near}'?`
        : `give an .onnx file, or one of ${zooNames.join(", ")}`,
      exitCode: 2,
    });
  }
  const { graph, warnings } = openOnnx(reference);
  const sha256 = createHash("sha256").update(readFileSync(reference)).digest("hex");
  return { graph, inputs: [{ path: reference, sha256 }], notes: warnings };
}
