import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { writeOnnx } from "../src/onnx/write.ts";
import { resolveSpec } from "../src/study/index.ts";
import { buildNetwork } from "../src/zoo/index.ts";
import { commandIn } from "./cli/run.ts";

const text = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../${path}`, import.meta.url)), "utf8");
const readme = text("README.md");

/** Every command of the README, without its comment. */
const commands = [...readme.matchAll(/^npx tidemark (.+)$/gm)].map((m) =>
  m[1]!.replace(/\s+#.*$/, "").trim(),
);

/** As a shell splits it; the README quotes with '…' only. */
const words = (line: string) =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2]!).filter((w) => w !== "");

test("the README's commands run as they are written", () => {
  const { folder, run } = commandIn();
  writeFileSync(join(folder, "model.onnx"), writeOnnx(buildNetwork("resnet-cifar", {})));
  writeFileSync(
    join(folder, "my-networks.csv"),
    "name,width,accuracy,latency_ms\na,1,90,2\nb,2,92,3\nc,3,91,4\n",
  );
  const yaml = /```yaml\n([\s\S]*?)```/.exec(readme)![1]!;
  writeFileSync(join(folder, "my-study.yaml"), yaml);
  expect(commands.length).toBeGreaterThan(8);
  for (const command of commands) {
    const [line] = command.split(" > ");
    // These need a GPU, a recording, or minutes; their own tests run them.
    if (/^(measure|import-profile|calibrate|validate|explore examples)\b/.test(line!)) continue;
    // Serves until it is told to end.
    if (line === "serve") continue;
    const args = words(line!);
    // A finished study has nothing to resume, unless it is given more to do.
    const ran = run(...args, ...(args[0] === "resume" ? ["-n", "1100"] : []));
    expect(ran.code, `${command}\n${ran.stderr}`).toBe(0);
  }
}, 240_000);

test("every YAML block of the documents is a study that would run", () => {
  const blocks = [text("docs/study-files.md"), readme].flatMap((t) =>
    [...t.matchAll(/```yaml\n([\s\S]*?)```/g)].map((m) => m[1]!),
  );
  expect(blocks.length).toBeGreaterThanOrEqual(4);
  for (const block of blocks) {
    const study = parse(block);
    const objectives = study.objectives ?? [
      study.space.kind === "zoo" ? "macs" : { name: "cost", module: "./m.mjs", goal: "minimize" },
    ];
    expect(() => resolveSpec({ ...study, objectives }), block).not.toThrow();
  }
});
