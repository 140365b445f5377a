/** A region by its sizes, as it is written: `64x56x56`, `256x14x14:convs=3,kernel=3,residual=0`. */
import { UserError } from "../../base/errors.ts";
import { suggest } from "../../base/suggest.ts";
import type { RegionSpec } from "../../gpu/dynamic/index.ts";

const SIZES = /^(\d+)x(\d+)x(\d+)$/;

/** Settings with their defaults: a residual block of two 3x3 convolutions. */
const SETTINGS = { convs: 2, kernel: 3, residual: 1 } as const;
/** Of channels and positions along an axis. */
const MOST = 65_536;
type Setting = keyof typeof SETTINGS;

export type RegionSize = Omit<RegionSpec, "batch" | "block">;

/** @throws UserError for sizes or settings that are none, with what is meant */
export function parseRegion(text: string): RegionSize {
  const colon = text.indexOf(":");
  const sizes = SIZES.exec(colon < 0 ? text : text.slice(0, colon));
  const [channels = 0, height = 0, width = 0] = (sizes ?? []).slice(1).map(Number);
  if (Math.min(channels, height, width) < 1)
    throw wrong(text, "no CHANNELSxHEIGHTxWIDTH", "write e.g. 64x56x56");
  if (Math.max(channels, height, width) > MOST)
    throw wrong(text, `sizes are from 1 to ${MOST}`, "write e.g. 64x56x56");
  const values = { ...SETTINGS } as Record<Setting, number>;
  for (const part of colon < 0 ? [] : text.slice(colon + 1).split(",")) {
    const [key = "", value = ""] = part.split("=").map((each) => each.trim());
    if (!Object.hasOwn(SETTINGS, key)) {
      const meant = suggest(key, Object.keys(SETTINGS));
      throw wrong(
        text,
        `no setting '${key}'`,
        meant === undefined
          ? `choose from ${Object.keys(SETTINGS).join(", ")}`
          : `did you mean ${meant}?`,
      );
    }
    const number = Number(value);
    const [least, most] = key === "residual" ? [0, 1] : [1, 64];
    if (value === "" || !Number.isInteger(number) || number < least || number > most)
      throw wrong(
        text,
        `${key} = '${value}', expected a whole number from ${least} to ${most}`,
        `the default is ${SETTINGS[key as Setting]}`,
      );
    values[key as Setting] = number;
  }
  const { convs, kernel } = values;
  // Padded alike on both sides, a convolution with an even kernel leaves one position less.
  if (kernel % 2 === 0 && values.residual === 1)
    throw wrong(
      text,
      `with kernel = ${kernel} each convolution makes the map smaller, and its sum is with a map of ${height}x${width}`,
      "choose an odd kernel, or residual=0",
    );
  if (kernel % 2 === 0 && convs >= Math.min(height, width))
    throw wrong(
      text,
      `${convs} convolutions with kernel = ${kernel} leave nothing of a map of ${height}x${width}`,
      "choose an odd kernel, or fewer convolutions",
    );
  return {
    name: text,
    channels,
    height,
    width,
    convs: Array.from({ length: values.convs }, () => ({ channels, kernel: values.kernel })),
    residual: values.residual === 1,
  };
}

function wrong(text: string, what: string, hint: string): UserError {
  return new UserError(`region '${text}': ${what}`, { hint, exitCode: 2 });
}
