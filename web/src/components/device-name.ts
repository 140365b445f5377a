/** A device in a list, and what its figures rest on: the same words in every view. */
import type { Device } from "../../../src/gpu/device.ts";

export const NOT_CALIBRATED = "not calibrated: from the data sheet";

export const deviceName = ({ name, calibrated }: Pick<Device, "name" | "calibrated">): string =>
  calibrated ? name : `${name} (not calibrated)`;

export const basisText = ({ calibrated }: Pick<Device, "calibrated">): string =>
  calibrated ? "calibrated" : NOT_CALIBRATED;
