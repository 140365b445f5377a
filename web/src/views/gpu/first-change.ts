/** What a comparison begins with: the next precision that the device has, else the next device. */
import type { Device } from "../../../../src/gpu/device.ts";
import { PRECISIONS } from "../../../../src/gpu/types.ts";
import type { Settings } from "./settings.ts";

export interface Change {
  readonly field: "precision" | "device";
  readonly value: string;
  readonly text: string;
}

/** @returns undefined while no device is known */
export function firstChange(
  { device, precision }: Pick<Settings, "device" | "precision">,
  devices: readonly Device[],
): Change | undefined {
  const at = devices.findIndex((d) => d.id === device || d.aliases.includes(device));
  const own = devices[at];
  if (own === undefined) return undefined;
  const from = PRECISIONS.indexOf(precision);
  const others = [...PRECISIONS.slice(from + 1), ...PRECISIONS.slice(0, from)];
  const next = others.find((p) => own.macsPerClock[p] !== undefined);
  if (next !== undefined)
    return { field: "precision", value: next, text: `${next} instead of ${precision}` };
  const other = devices[(at + 1) % devices.length]!;
  return other === own
    ? undefined
    : { field: "device", value: other.id, text: `${other.name} instead of ${own.name}` };
}
