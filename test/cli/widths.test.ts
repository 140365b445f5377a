import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { int } from "../../src/graph/attribute.ts";
import { saveOnnx } from "../../src/onnx/index.ts";
import { Net } from "../reference/networks.ts";
import { commandIn, failure } from "./run.ts";

const FLAGS = ["-d", "titan-v", "-b", "8", "--host", "cuda-graph"];

test("groups, their layers and staircases; totals that profile confirms", () => {
  const { run } = commandIn();
  const found = JSON.parse(run("widths", "resnet18", ...FLAGS, "-f", "json").stdout);
  const profile = JSON.parse(run("profile", "resnet18", ...FLAGS, "-f", "json").stdout);
  expect(found.latencyMs).toBe(profile.latencyMs);
  const layers = found.groups.flatMap((g: { layers: unknown[] }) => g.layers);
  // 20 convolutions and the classifier, each in one group.
  expect(layers).toHaveLength(21);
  const channels = found.groups.map((g: { channels: number }) => g.channels);
  expect(channels).toEqual([64, 64, 64, 128, 128, 128, 256, 256, 256, 512, 512, 512, 1000]);
  for (const g of found.groups) {
    if (g.fixed !== undefined) continue;
    expect(g.stairs.length).toBeGreaterThan(8);
    expect(g.stairs.find((s: { channels: number }) => s.channels === g.channels).us).toBeCloseTo(
      g.us,
      9,
    );
  }
  expect(found.gaps).toEqual([]);
});

test("CSV has a line for each group", () => {
  const { run } = commandIn();
  const lines = run("widths", "resnet18", ...FLAGS, "-f", "csv")
    .stdout.trimEnd()
    .split("\n");
  expect(lines[0]).toContain("headroom");
  expect(lines).toHaveLength(14);
});

test("plots are self-contained, with a staircase for each group that may change", () => {
  const { folder, run } = commandIn();
  run("widths", "resnet18", ...FLAGS, "--plot", "w.svg");
  run("widths", "resnet18", ...FLAGS, "--plot", "w.html");
  const svg = readFileSync(join(folder, "w.svg"), "utf8");
  expect(svg.match(/class="line"/g)).toHaveLength(12);
  expect(svg.match(/class="picked"/g)).toHaveLength(12);
  const html = readFileSync(join(folder, "w.html"), "utf8");
  expect(html).toContain(svg);
  expect(html).not.toMatch(/https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
});

test("layers that no rule ties are fixed, and said to be", () => {
  const { folder, run } = commandIn();
  const net = new Net();
  const x = net.conv(net.input(3, 8), 3, 8, 3, 1, "a");
  const y = net.conv(net.builder.add("Softmax", [x], { axis: int(1) }), 8, 8, 3, 1, "b");
  saveOnnx(net.finish(net.conv(y, 8, 4, 1, 1, "c")), join(folder, "m.onnx"));
  const ran = run("widths", "m.onnx", ...FLAGS, "-f", "json");
  const { groups, gaps } = JSON.parse(ran.stdout);
  expect(gaps).toMatchObject([{ op: "Softmax", count: 1 }]);
  expect(ran.stderr).toContain("Softmax (1)");
  expect(groups.map((g: { fixed?: string }) => g.fixed === undefined)).toEqual([
    false,
    true,
    false,
  ]);
});

test("bad requests end with one error", () => {
  const { run } = commandIn();
  expect(failure(run("widths", "resnet18", "--plot", "w.png"), 2)).toContain(".svg");
  expect(failure(run("widths", "resnet18", "--plot", "absent/w.svg"), 2)).toContain("absent");
  expect(failure(run("widths", "resnet18", "-d", "rtx-9999"), 2)).toContain("rtx-9999");
});
