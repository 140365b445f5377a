import { readFileSync } from "node:fs";
import { type Device, parseDevice } from "../../src/gpu/device.ts";

/** A device that ships with the project. */
export function shipped(id: string): Device {
  const url = new URL(`../../src/gpu/devices/${id}.json`, import.meta.url);
  return parseDevice(JSON.parse(readFileSync(url, "utf8")), id);
}
