/** Devices to predict on: those that ship, and files that the user opened or measured in this page. */
import { signal } from "@preact/signals";
import type { Device } from "../../../src/gpu/device.ts";
import { source } from "../api/source.ts";

export const devices = signal<readonly Device[]>([]);

let asked: Promise<void> | undefined;

/** Reads the shipped devices once. */
export function readDevices(): Promise<void> {
  asked ??= source.devices().then(
    (shipped) => {
      devices.value = [
        ...devices.peek().filter((d) => !shipped.some(({ id }) => id === d.id)),
        ...shipped,
      ];
    },
    (error: unknown) => {
      asked = undefined;
      throw error;
    },
  );
  return asked;
}

/** A device of the user's own, which stands first. */
export function addDevice(device: Device): void {
  devices.value = [device, ...devices.peek().filter(({ id }) => id !== device.id)];
}
