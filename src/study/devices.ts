/** The devices that ship with the project, and the user's own device files. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { UserError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { suggest } from "../base/suggest.ts";
import { type Device, normalDeviceName, parseDevice } from "../gpu/device.ts";

const FOLDER = new URL("../gpu/devices/", import.meta.url);

/** All shipped devices, by id. */
export function listDevices(): Device[] {
  return deviceIds().map(readShipped);
}

/** Ids of the shipped devices, in alphabetical order. */
export function deviceIds(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith(".json"))
    .map((name) => basename(name, ".json"))
    .sort();
}

/**
 * A device by id, alias or name (upper and lower case, spaces, `-` and `_` do not matter), or from
 * a device file: whatever ends in `.json` or holds a slash is a path.
 *
 * @throws UserError for an unknown device, with the nearest known one
 */
export function loadDevice(reference: string): Device {
  if (isDeviceFile(reference)) return readDeviceFile(reference);
  const wanted = normalDeviceName(reference);
  const id = deviceIds().find((candidate) => normalDeviceName(candidate) === wanted);
  if (id !== undefined) return readShipped(id);
  const devices = listDevices();
  const names = (d: Device) => [d.id, d.name, ...d.aliases];
  const found = devices.filter((d) => names(d).some((name) => normalDeviceName(name) === wanted));
  if (found.length === 1) return found[0]!;
  if (found.length > 1)
    throw new UserError(`'${reference}' names ${found.length} devices`, {
      hint: `choose from ${found.map((d) => d.id).join(", ")}`,
      exitCode: 2,
    });
  const near = suggest(
    wanted,
    devices.flatMap((d) => names(d).map(normalDeviceName)),
  );
  const meant = devices.find((d) => names(d).some((name) => normalDeviceName(name) === near));
  throw new UserError(`unknown device '${reference}'`, {
    hint: `${meant ? `did you mean '${meant.id}'? ` : ""}\`tidemark devices\` lists them; a device file works too`,
    exitCode: 2,
  });
}

/** The device file itself, as JSON: to show, to change, to carry in a report. */
export function deviceJson(reference: string): Json {
  const device = loadDevice(reference);
  const file = isDeviceFile(reference) ? reference : new URL(`${device.id}.json`, FOLDER);
  return JSON.parse(readFileSync(file, "utf8")) as Json;
}

/** Whether a reference is the path of a device file rather than a name. */
export function isDeviceFile(reference: string): boolean {
  return /\.json$|[/\\]/i.test(reference);
}

/** @throws UserError where the file is missing, no JSON, or no device */
export function readDeviceFile(path: string): Device {
  if (!existsSync(path))
    throw new UserError(`device file ${path} does not exist`, {
      hint: "check the path; `tidemark devices` lists the devices that ship with Tidemark",
      exitCode: 2,
    });
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UserError(`device file ${path} cannot be read: ${(error as Error).message}`, {
      hint: "it must be one JSON object; start from `tidemark devices rtx-2080-ti --format json`",
      exitCode: 2,
      cause: error,
    });
  }
  return parseDevice(json, path);
}

function readShipped(id: string): Device {
  const url = new URL(`${id}.json`, FOLDER);
  return parseDevice(JSON.parse(readFileSync(url, "utf8")), `${id}.json`);
}
