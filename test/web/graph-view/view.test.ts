import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { zooNetwork } from "../../../src/zoo/reference.ts";
import { fitted, parseCamera, reveal, zoomAt } from "../../../web/src/graph-view/camera.ts";
import {
  colourAt,
  darkText,
  luminance,
  position,
  valueAt,
} from "../../../web/src/graph-view/colour.ts";
import { bandsOf } from "../../../web/src/graph-view/cull.ts";
import {
  expansionText,
  openGroups,
  parseExpansion,
  revealing,
  toggle,
} from "../../../web/src/graph-view/expansion.ts";
import { compoundLayout } from "../../../web/src/graph-view/layout/compound.ts";
import { outlineOf } from "../../../web/src/graph-view/outline.ts";
import { matches } from "../../../web/src/graph-view/search.ts";
import { unfold } from "../../../web/src/graph-view/unfold.ts";
import { walkOf } from "../../../web/src/graph-view/walk.ts";

const graph = zooNetwork("resnet18")!;
const outline = outlineOf(unfold(graph), new Set(), []);
const allOpen = openGroups(outline, parseExpansion("all"));
const scene = compoundLayout(outline, allOpen);

describe("colours", () => {
  for (const theme of ["light", "dark"] as const)
    it(`go one way in lightness, and writing on them has a contrast of 4.5 (${theme})`, () => {
      let before = luminance(colourAt(0, theme));
      for (let i = 1; i <= 64; i++) {
        const colour = colourAt(i / 64, theme);
        const now = luminance(colour);
        expect(theme === "light" ? now < before : now > before).toBe(true);
        before = now;
        const ink = darkText(colour) ? 0 : 1;
        const contrast = (Math.max(ink, now) + 0.05) / (Math.min(ink, now) + 0.05);
        expect(contrast).toBeGreaterThanOrEqual(4.5);
      }
    });

  it("stand where the legend says", () => {
    for (const t of [0, 0.25, 0.5, 1]) expect(position(valueAt(t, 360), 360)).toBeCloseTo(t, 12);
    expect(position(3, 0)).toBe(0);
  });
});

describe("camera", () => {
  const size = { width: 800, height: 600 };
  const number = fc.double({ min: -5000, max: 5000, noNaN: true });

  it("keeps the place under the pointer when it zooms", () => {
    fc.assert(
      fc.property(number, number, fc.double({ min: 0.2, max: 5, noNaN: true }), (x, y, factor) => {
        const camera = { x, y, scale: 0.7 };
        const next = zoomAt(camera, factor, 120, 340, 0.01);
        expect(next.x + 120 / next.scale).toBeCloseTo(x + 120 / 0.7, 6);
        expect(next.y + 340 / next.scale).toBeCloseTo(y + 340 / 0.7, 6);
      }),
    );
  });

  it("takes a place from the address, and none that shows nothing", () => {
    expect(parseCamera("10,-20,0.5", scene, size)).toEqual({ x: 10, y: -20, scale: 0.5 });
    expect(parseCamera("0,0,50", scene, size)?.scale).toBe(3);
    for (const text of ["", "1,2", "a,b,c", "0,0,0", "0,0,-1", ",,1", "0,0,1,1", "NaN,0,1"])
      expect(parseCamera(text, scene, size)).toBeUndefined();
    for (const text of ["1e308,1e308,1e308", "-1e9,0,1", `0,${scene.height + 1},1`])
      expect(parseCamera(text, scene, size)).toBeUndefined();
  });

  it("has everything in sight when it fits, and a box in sight when it reveals", () => {
    const whole = fitted(scene, size);
    expect((0 - whole.y) * whole.scale).toBeGreaterThanOrEqual(0);
    expect((scene.height - whole.y) * whole.scale).toBeLessThanOrEqual(600);
    fc.assert(
      fc.property(number, number, number, number, (cx, cy, x, y) => {
        const box = { x, y, width: 176, height: 42 };
        const next = reveal({ x: cx, y: cy, scale: 0.9 }, size, box);
        const [left, top] = [(x - next.x) * 0.9, (y - next.y) * 0.9];
        expect(left).toBeGreaterThanOrEqual(-1e-6);
        expect(top).toBeGreaterThanOrEqual(-1e-6);
        expect(left + 176 * 0.9).toBeLessThanOrEqual(800 + 1e-6);
        expect(top + 42 * 0.9).toBeLessThanOrEqual(600 + 1e-6);
      }),
    );
  });
});

describe("culling", () => {
  const sorted = (xs: readonly number[]) => xs.toSorted((a, b) => a - b);
  it("finds what a look at every box and route finds", () => {
    const bands = bandsOf(scene);
    const place = fc.double({ min: -500, max: scene.height + 500, noNaN: true });
    fc.assert(
      fc.property(place, fc.double({ min: 0, max: 4000, noNaN: true }), (top, span) => {
        const bottom = top + span;
        const boxes = Array.from(scene.entities.keys()).filter(
          (i) =>
            scene.boxes[4 * i + 1]! <= bottom &&
            scene.boxes[4 * i + 1]! + scene.boxes[4 * i + 3]! >= top,
        );
        expect(sorted(bands.boxes(top, bottom))).toEqual(boxes);
        const routes = Array.from({ length: scene.starts.length - 1 }, (_, r) => r).filter((r) => {
          const ys: number[] = [];
          for (let p = scene.starts[r]!; p < scene.starts[r + 1]!; p++)
            ys.push(scene.points[2 * p + 1]!);
          return Math.min(...ys) <= bottom && Math.max(...ys) >= top;
        });
        expect(sorted(bands.routes(top, bottom))).toEqual(routes);
      }),
    );
  });
});

describe("expansion", () => {
  it("is read back from the address, and reveals a node by opening what is around it", () => {
    const item = outline.names.indexOf("layer2.0.downsample.0");
    const folded = parseExpansion("none");
    const revealed = revealing(outline, folded, item);
    const open = openGroups(outline, parseExpansion(expansionText(revealed)));
    for (let g = outline.groupOf[item]!; g >= 0; g = outline.groups[g]!.parent)
      expect(open[g]).toBe(1);
    expect(open.reduce((a, b) => a + b, 0)).toBeLessThan(outline.groups.length);
    const path = outline.groups[0]!.path;
    expect(expansionText(toggle(toggle(folded, path), path))).toBe("none");
    expect(parseExpansion("%E0%A4%A,a").base).toBe("fit");
  });
});

describe("walking", () => {
  it("goes down edges from the input to the output, and back up", () => {
    const walk = walkOf(scene);
    let at = walk.first!;
    expect(outline.kinds[at]).toBe("input");
    const seen = new Set<number>();
    for (;;) {
      expect(seen.has(at)).toBe(false);
      seen.add(at);
      const next = walk.step(at, "down");
      if (next === undefined) break;
      at = next;
    }
    expect(outline.kinds[at]).toBe("output");
    expect(walk.step(at, "up")).toBeDefined();
    const down = outline.names.indexOf("layer2.0.downsample.0");
    const beside = walk.step(down, "left") ?? walk.step(down, "right");
    expect(beside).toBeDefined();
  });
});

describe("search", () => {
  const names = ["a/conv1", "b/relu", "c/conv2", "Conv"];
  const ops = ["Conv", "Relu", "ConvTranspose", "Add"];
  const find = (text: string) => matches(text, names, (i) => ops[i]!);
  it("looks at names and operators, whole operators first", () => {
    expect(find("conv")).toEqual([0, 2, 3]);
    expect(find("CONV c/")).toEqual([2]);
    expect(find("relu")).toEqual([1]);
    expect(find("  ")).toEqual([]);
    expect(find("nothing")).toEqual([]);
  });
});
