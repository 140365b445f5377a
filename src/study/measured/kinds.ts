/** Kinds of tables by their headers, for messages. */

/** Known tables whose operators the model does not have. */
const UNSUPPORTED: readonly { readonly columns: readonly string[]; readonly reason: string }[] = [
  {
    columns: ["hw_in", "se_mid", "mid_channels", "ms_batch32"],
    reason:
      "TF-NAS blocks: timed without waiting for the GPU, so that small ones show the host alone",
  },
  {
    columns: ["op", "h", "w", "cin", "cout", "dilation", "ms"],
    reason: "FasterSeg operators: composites that TensorRT fused in ways the table does not say",
  },
];

/** Why a table of this header cannot be compared; undefined where it can, or is not known at all. */
export function unsupportedKind(header: readonly string[]): string | undefined {
  return UNSUPPORTED.find(({ columns }) => columns.every((c) => header.includes(c)))?.reason;
}

export const KINDS_HELP =
  "known are tables of NeuSight, DeepBench, LLMCompass, HELP, pytorch-gpu-benchmark and timm, what " +
  "`tidemark measure --csv` writes, and Tidemark's own columns (op, ms, …): see docs/cli.md";
