import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deviceIds, listDevices, loadDevice, readDeviceFile } from "../../src/study/index.ts";
import { temporaryFolder, userError } from "./helpers.ts";

const folder = temporaryFolder();
const shipped = new URL("../../src/gpu/devices/", import.meta.url);

describe("devices", () => {
  it("are all that ship, each under its own id", () => {
    const files = readdirSync(shipped).map((name) => name.replace(".json", ""));
    expect(deviceIds()).toEqual(files.sort());
    expect(listDevices().map((d) => d.id)).toEqual(deviceIds());
  });

  it("are found by id, name and alias, however they are spelt", () => {
    for (const device of listDevices())
      for (const name of [device.id, device.name, ...device.aliases]) {
        expect(loadDevice(name).id).toBe(device.id);
        expect(loadDevice(name.toUpperCase().replaceAll("-", "_")).id).toBe(device.id);
      }
  });

  it("that are unknown are met with the nearest", async () => {
    expect(await userError(() => loadDevice("rtx2080-it"))).toMatch(
      /unknown device 'rtx2080-it'\ndid you mean 'rtx-2080-ti'\?/,
    );
    expect(await userError(() => loadDevice("zx81"))).toMatch(
      /unknown device 'zx81'\n`tidemark devices`/,
    );
  });

  it("may be a file of the user's own", async () => {
    const path = join(folder, "mine.json");
    const json = JSON.parse(readFileSync(new URL("a100-80-sxm.json", shipped), "utf8"));
    writeFileSync(path, JSON.stringify({ ...json, id: "mine", name: "My board", aliases: [] }));
    expect(loadDevice(path)).toMatchObject({
      id: "mine",
      smCount: loadDevice("a100-80-sxm").smCount,
    });
    writeFileSync(path, "{");
    expect(await userError(() => readDeviceFile(path))).toMatch(/mine\.json cannot be read/);
    writeFileSync(path, "{}");
    expect(await userError(() => loadDevice(path))).toMatch(/mine\.json: /);
    expect(await userError(() => loadDevice("./none.json"))).toMatch(/none\.json does not exist/);
  });
});
