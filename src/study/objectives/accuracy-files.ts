/** The files that a study keeps of trained designs: checkpoints, and networks that others inherit. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Design } from "../../search/types.ts";
import { onOwnFiles } from "../environment.ts";

export interface DesignFiles {
  readonly folder: string;
  /** Where a training stands that is not over. */
  readonly checkpoint: string;
  /** The trained network, ONNX. */
  readonly network: string;
  /** JSON: the design, whom it inherits from, its scores by epoch. */
  readonly record: string;
}

/** The files of all designs that are trained with the same settings. */
export class AccuracyFiles {
  readonly #name: string;

  constructor(setting: object) {
    this.#name = `accuracy-${digest(JSON.stringify(setting), 8)}`;
  }

  of(folder: string, design: Design): DesignFiles {
    const own = join(folder, this.#name);
    const stem = join(own, stemOf(design));
    return {
      folder: own,
      checkpoint: `${stem}.checkpoint`,
      network: `${stem}.onnx`,
      record: `${stem}.json`,
    };
  }

  /** Removes what is there of all designs but these. */
  retain(folder: string, designs: readonly Design[]): void {
    const own = join(folder, this.#name);
    if (!existsSync(own)) return;
    const kept = new Set(designs.map(stemOf));
    onOwnFiles(`${own} cannot be cleared`, () => {
      for (const file of readdirSync(own))
        if (!kept.has(file.split(".")[0]!)) rmSync(join(own, file), { force: true });
    });
  }
}

/** Names no parameter's value, which may be longer than a file's name. */
function stemOf(design: Design): string {
  const entries = Object.entries(design).sort(([a], [b]) => (a < b ? -1 : 1));
  return digest(JSON.stringify(entries), 20);
}

function digest(text: string, length: number): string {
  return createHash("sha256").update(text).digest("hex").slice(0, length);
}
