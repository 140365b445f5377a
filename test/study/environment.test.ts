/** What the machine fails at is no design's failure: the study stops, and goes on as if nothing had been. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { EnvironmentFault, faultOf, onOwnFiles } from "../../src/study/environment.ts";
import { openReader, resolveSpec, resumeStudy, runStudy, trialAt } from "../../src/study/index.ts";
import { each } from "../../src/study/kinds.ts";
import { AccuracyFiles } from "../../src/study/objectives/accuracy-files.ts";
import { workFolder } from "../../src/study/runner.ts";
import { built, temporaryFolder, userError } from "./helpers.ts";

const folder = temporaryFolder();
const workerUrl = new URL(`file://${built("study/worker.js")}`);

const spec = resolveSpec({
  name: "full",
  space: {
    kind: "zoo",
    network: "resnet-cifar",
    vary: { channels1: { type: "integer", low: 4, high: 8, step: 4 } },
    fixed: { depth: 8, channels2: 8, channels3: 8, resolution: 28 },
  },
  objectives: [
    "params",
    { name: "accuracy", data: "fashion-mnist-tiny", epochs: 1, batch: 50, learningRate: 0.05 },
  ],
});
const options = (store: string, workers: number) => ({ store, workers, workerUrl });

function look(store: string) {
  const reader = openReader(store);
  const { state } = reader.study(1);
  const block = reader.trials(1);
  reader.close();
  return { state, trials: Array.from({ length: block.count }, (_, i) => trialAt(block, i)) };
}

function networks(store: string): string[] {
  const own = workFolder(store, 1);
  return readdirSync(own, { recursive: true })
    .map(String)
    .filter((file) => file.endsWith(".onnx"))
    .sort()
    .map((file) => readFileSync(join(own, file)).toString("base64"));
}

describe("a study whose machine fails", () => {
  it.skipIf(!existsSync("/dev/full"))(
    "stops, keeps its trials open, and goes on to the undisturbed result",
    async () => {
      const whole = join(folder, "whole.db");
      await runStudy(spec, options(whole, 1));
      const undisturbed = look(whole);
      expect(undisturbed.trials.map((t) => t.state)).toEqual(["complete", "complete"]);

      // The second design's first checkpoint goes to a device that is always full.
      const full = join(folder, "full.db");
      const files = new AccuracyFiles(spec.objectives[1]!.settings);
      const { checkpoint } = files.of(workFolder(full, 1), { channels1: 8 });
      mkdirSync(dirname(checkpoint), { recursive: true });
      // Whichever process trains it: each writes beside the checkpoint under its own number.
      for (let pid = process.pid; pid < process.pid + 20_000; pid++)
        symlinkSync("/dev/full", `${checkpoint}.${pid}.part`);
      const error = await userError(() => runStudy(spec, options(full, 1)));
      expect(error).toMatch(/checkpoint cannot be written: ENOSPC/);
      expect(error).toMatch(/make room there, then `tidemark resume`/);
      expect(look(full)).toEqual({ state: "interrupted", trials: [] });
      for (const file of readdirSync(dirname(checkpoint)))
        if (file.endsWith(".part")) rmSync(join(dirname(checkpoint), file));

      await resumeStudy(1, options(full, 2));
      expect(look(full)).toEqual(undisturbed);
      expect(networks(full)).toEqual(networks(whole));

      // A folder that cannot be made: a file is in its place.
      const blocked = join(folder, "blocked.db");
      writeFileSync(join(folder, "blocked.files"), "");
      expect(await userError(() => runStudy(spec, options(blocked, 2)))).toMatch(
        /cannot be made: E[A-Z]+/,
      );
      expect(look(blocked)).toEqual({ state: "interrupted", trials: [] });
      rmSync(join(folder, "blocked.files"));
      await resumeStudy(1, options(blocked, 2));
      expect(look(blocked)).toEqual(undisturbed);
    },
    120_000,
  );

  it("tells faults from errors by system codes, also of a cause or of a process that does not start", () => {
    const coded = (code: string) => Object.assign(new Error(`${code}: no`), { code });
    for (const code of ["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EMFILE"]) {
      expect(faultOf(coded(code))?.exitCode).toBe(1);
      expect(faultOf(new Error("outer", { cause: coded(code) }))?.message).toBe("outer");
    }
    expect(faultOf(new Error("its process died (spawn /usr/bin/node EMFILE)"))?.hint).toMatch(
      /ulimit/,
    );
    expect(faultOf(coded("ENOENT"))).toBeUndefined();
    expect(faultOf(new Error("ENOSPC is in a text"))).toBeUndefined();
    expect(faultOf("ENOSPC")).toBeUndefined();
    expect(() =>
      onOwnFiles("x cannot be written", () => {
        throw coded("ENOTDIR");
      }),
    ).toThrow(EnvironmentFault);
  });

  it("does not make a user's own error a fault of the study", async () => {
    const designs = [{ a: 1 }, { a: 2 }];
    const code = { code: "ENOSPC" };
    const one = () => {
      throw Object.assign(new Error("mine"), code);
    };
    expect((await each(designs, one)).map(String)).toEqual(["Error: mine", "Error: mine"]);
    const fault = () => {
      throw new EnvironmentFault("disk", "make room");
    };
    await expect(each(designs, fault)).rejects.toThrow("disk");
  });
});
