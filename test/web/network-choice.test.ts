import { expect, it } from "vitest";
import { PRECISIONS } from "../../src/gpu/types.ts";
import { ZOO } from "../../src/zoo/index.ts";
import { zooReference } from "../../src/zoo/reference.ts";
import { withValue } from "../../web/src/components/zoo-value.ts";
import { start } from "../../web/src/graph-view/camera.ts";
import { firstChange } from "../../web/src/views/gpu/first-change.ts";
import { shipped } from "../gpu/shipped.ts";

it("a comparison begins with something that differs and that the device has", () => {
  const devices = ["gtx-1080-ti", "rtx-2080-ti", "a100-80-sxm"].map(shipped);
  for (const device of devices)
    for (const precision of PRECISIONS.filter((p) => device.macsPerClock[p] !== undefined)) {
      const change = firstChange({ device: device.id, precision }, devices)!;
      expect(change.value).not.toBe(change.field === "device" ? device.id : precision);
      if (change.field === "precision")
        expect(device.macsPerClock[change.value as typeof precision]).toBeDefined();
    }
  expect(firstChange({ device: "none", precision: "fp32" }, devices)).toBeUndefined();
});

it("a large network begins as wide as the view, at a size that can be read", () => {
  const view = { width: 800, height: 600 };
  for (const width of [200, 700, 900, 1400, 5000]) {
    const { scale } = start({ width, height: 9000 }, view);
    expect(scale).toBeGreaterThanOrEqual(0.5);
    if (width <= 1400) expect(scale * width).toBeLessThanOrEqual(view.width);
  }
});

it("a parameter of the zoo that is set stands in the reference, and its default does not", () => {
  const { parameters } = ZOO.get("mobilenet_v2")!;
  const width = parameters.find(({ name }) => name === "width")!;
  const found = zooReference("mobilenet_v2:resolution=192")!;
  expect(withValue(found, width, "0.5")).toBe("zoo:mobilenet_v2:resolution=192,width=0.5");
  for (const text of ["1", ""])
    expect(withValue(found, width, text)).toBe("zoo:mobilenet_v2:resolution=192");
  const set = zooReference("mobilenet_v2:width=0.5")!;
  expect(withValue(set, width, "")).toBe("zoo:mobilenet_v2");
});
