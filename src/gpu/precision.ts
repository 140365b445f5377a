import type { Precision } from "./types.ts";

/** As stored; TF32 is a rate of FP32 operands. */
export function bytesPerElement(precision: Precision): number {
  switch (precision) {
    case "fp32":
    case "tf32":
      return 4;
    case "fp16":
    case "bf16":
      return 2;
    case "int8":
      return 1;
  }
}
