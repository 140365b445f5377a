/** Writing a predicted timeline as a trace: whole, or not at all. */
import { closeSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { UserError } from "../base/errors.ts";
import type { Device } from "../gpu/device.ts";
import type { ScheduledKernel } from "../gpu/predict.ts";
import type { Prediction } from "../gpu/types.ts";
import { traceText } from "../report/index.ts";

/** Pieces are gathered to about this many characters before they are written. */
const PIECE = 1 << 20;

/** @throws UserError where the file cannot be written */
export function writeTrace(
  path: string,
  prediction: Prediction,
  device: Device,
  kernels: readonly ScheduledKernel[],
): void {
  const file = resolve(path);
  const temporary = join(dirname(file), `.tidemark-${process.pid}.tmp`);
  try {
    const to = openSync(temporary, "wx");
    try {
      let text = "";
      for (const piece of traceText(prediction, device, kernels)) {
        text += piece;
        if (text.length < PIECE) continue;
        writeFileSync(to, text);
        text = "";
      }
      writeFileSync(to, text);
    } finally {
      closeSync(to);
    }
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new UserError(`${file} cannot be written: ${(cause as Error).message}`, {
      hint: "choose another place for --trace",
      cause,
    });
  }
}
