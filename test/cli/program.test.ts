import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { VERBS, wantedVerbs } from "../../src/cli/verbs/index.ts";
import { commandIn, failure } from "./run.ts";

const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));
const { folder, run } = commandIn();

describe("verbs", () => {
  it("are loaded by their own names, one where one is asked for", async () => {
    for (const [name, load] of Object.entries(VERBS)) {
      expect((await load())().name()).toBe(name);
      expect(wantedVerbs([name, "--help"])).toEqual([load]);
    }
    const all = Object.values(VERBS);
    for (const args of [[], ["--help"], ["help", "train"], ["explor"], ["toString"], ["-q"]])
      expect(wantedVerbs(args)).toEqual(all);
    expect(wantedVerbs(["--version"])).toEqual([]);
  });

  it("are all in the help, and near ones are named where one is mistyped", () => {
    const { stdout, code } = run("--help");
    expect(code).toBe(0);
    const listed = [...stdout.matchAll(/^ {2}([a-z-]+) [ [<]/gm)].map(([, name]) => name);
    expect(listed).toEqual([...Object.keys(VERBS), "help"]);
    expect(failure(run("devises"), 2)).toContain("Did you mean devices?");
    expect(run("help", "train").stdout).toBe(run("train", "--help").stdout);
    expect(run("--version").stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

/** Files of the bundle that come with one of them, and what they import from elsewhere. */
function closure(file: string) {
  const files = new Set<string>();
  const others = new Set<string>();
  const visit = (name: string) => {
    if (files.has(name)) return;
    files.add(name);
    const text = readFileSync(`${DIST}bundle/${name}`, "utf8");
    for (const [, from] of text.matchAll(/^import (?:[^"]* from )?"([^"]+)";$/gm))
      if (from!.startsWith("./")) visit(from!.slice(2));
      else others.add(from!);
  };
  visit(file);
  return { files, others };
}

describe("the bundle", () => {
  it("loads no store, no runtime and no image library for verbs that need none", () => {
    const verbs = readdirSync(`${DIST}bundle`).filter((name) =>
      /^(devices|profile|show)-/.test(name),
    );
    expect(verbs.length).toBeGreaterThanOrEqual(3);
    for (const verb of [...verbs, "tidemark.js"]) {
      const { files, others } = closure(verb);
      expect(files.size).toBeLessThan(40);
      // Everything but Node's own is in the bundle.
      expect([...others].filter((name) => !name.startsWith("node:"))).toEqual([]);
    }
    const explore = readdirSync(`${DIST}bundle`).find((name) => name.startsWith("explore-"))!;
    expect([...closure(explore).others].filter((name) => !name.startsWith("node:"))).toEqual([
      "libsql",
    ]);
  });

  it.each([
    ["devices", "-f", "json"],
    ["profile", "resnet-cifar:depth=8", "-f", "json"],
    ["show", "mlp", "-f", "csv"],
    ["spaces", "-f", "json"],
    ["data", "fashion-mnist-tiny", "-f", "json"],
    ["schema"],
  ])("gives what the modules give: %s", (...args) => {
    const main = `${DIST}cli/main.js`;
    const modules = spawnSync(process.execPath, [main, ...args], {
      cwd: folder,
      encoding: "utf8",
      maxBuffer: 2 ** 26,
    });
    const bundled = run(...args);
    expect(bundled.stdout).toBe(modules.stdout);
    expect([bundled.code, modules.status]).toEqual([0, 0]);
  });
});
