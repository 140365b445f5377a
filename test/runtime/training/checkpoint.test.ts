import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/base/errors.ts";
import {
  readCheckpoint,
  removeLeftovers,
  writeCheckpoint,
} from "../../../src/runtime/training/checkpoint.ts";
import type { Snapshot } from "../../../src/runtime/training/trainer.ts";

const folder = () => mkdtempSync(join(tmpdir(), "tidemark-checkpoint-"));
const score = { loss: 0.1 + 0.2, accuracy: 1 / 3 };
const snapshotOf = (weights: Float32Array): Snapshot => ({
  epoch: 2,
  batch: 7,
  sums: { loss: 1 / 3, correct: 12, learningRate: 0.1, seconds: 2.5, preparationSeconds: 0.1 },
  history: [
    {
      epoch: 1,
      train: score,
      test: score,
      learningRate: 0.1,
      seconds: 3,
      samplesPerSecond: 40,
      preparationShare: 0.01,
    },
  ],
  state: {
    parameters: { dtype: "float32", dims: [weights.length], data: weights },
    step: { dtype: "int64", dims: [1], data: BigInt64Array.of(27n) },
    empty: { dtype: "float32", dims: [0], data: new Float32Array(0) },
  },
});

describe("checkpoints", () => {
  it("come back bit for bit", () => {
    const path = join(folder(), "checkpoint");
    fc.assert(
      fc.property(fc.array(fc.float(), { maxLength: 40 }), (values) => {
        const snapshot = snapshotOf(Float32Array.from(values));
        writeCheckpoint(path, snapshot, "who");
        const back = readCheckpoint(path);
        expect(back).toEqual({ snapshot, identity: "who" });
      }),
      { numRuns: 25 },
    );
  });

  it("keep what a form reports, also where it was no number", () => {
    const path = join(folder(), "checkpoint");
    const plain = snapshotOf(Float32Array.of(1));
    const extra = { budget: 0.25, ratio: Number.NaN };
    const snapshot: Snapshot = {
      ...plain,
      sums: { ...plain.sums, extra },
      history: plain.history.map((epoch) => ({ ...epoch, extra })),
    };
    writeCheckpoint(path, snapshot, "who");
    expect(readCheckpoint(path).snapshot).toEqual(snapshot);
  });

  it("say that they are damaged, wherever they are", () => {
    const path = join(folder(), "checkpoint");
    writeCheckpoint(path, snapshotOf(Float32Array.of(1, 2, 3)), "who");
    const whole = readFileSync(path);
    const refused = (bytes: Uint8Array) => {
      writeFileSync(path, bytes);
      expect(() => readCheckpoint(path)).toThrow(UserError);
      expect(() => readCheckpoint(path)).toThrow(/is damaged/);
    };
    for (let at = 0; at < whole.length; at += 13) {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 0x10;
      refused(bytes);
      refused(whole.subarray(0, at));
    }
    expect(() => readCheckpoint(join(folder(), "none"))).toThrow(/there is no checkpoint/);
  });

  it("stay whole where the disk is full, and leave nothing behind", () => {
    const inside = folder();
    const path = join(inside, "checkpoint");
    writeCheckpoint(path, snapshotOf(Float32Array.of(1)), "before");
    const before = readFileSync(path);
    const module = fileURLToPath(
      new URL("../../../dist/runtime/training/checkpoint.js", import.meta.url),
    );
    const script = `
      import { readCheckpoint, writeCheckpoint } from ${JSON.stringify(module)};
      const { snapshot } = readCheckpoint(${JSON.stringify(path)});
      const data = new Float32Array(100000);
      const state = { parameters: { dtype: "float32", dims: [data.length], data } };
      try { writeCheckpoint(${JSON.stringify(path)}, { ...snapshot, state }, "after"); console.log("written"); }
      catch (error) { console.log(error.constructor.name, error.message, error.hint); }`;
    // A limit on file sizes fails a write as a full disk does; the signal that goes with it is ignored.
    const limited = `trap '' XFSZ; ulimit -f 100; exec "$0" --input-type=module -e "$1"`;
    const said = execFileSync("bash", ["-c", limited, process.execPath, script], {
      encoding: "utf8",
    });
    expect(said).toMatch(/^UserError the checkpoint .* cannot be written: EFBIG.* free some space/);
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(inside)).toEqual(["checkpoint"]);
  });

  it("lose what a killed process left half written", () => {
    const inside = folder();
    writeFileSync(join(inside, ".checkpoint-123.tmp"), "half");
    writeFileSync(join(inside, "record.json"), "{}");
    removeLeftovers(inside);
    expect(readdirSync(inside)).toEqual(["record.json"]);
  });
});
