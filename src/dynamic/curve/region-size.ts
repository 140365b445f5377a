/** A region by its sizes, as it is written: `64x56x56`, `256x14x14:convs=3,kernel=3,residual=0`. */
import { UserError } from "../../base/errors.ts";
import { suggest } from "../../base/suggest.ts";
import type { RegionSpec } from "../../gpu/dynamic/index.ts";

const SIZES = /^(\d+)x(\d+)x(\d+)$/;

/** Settings with their defaults: a residual block of two 3x3 convolutions. */
const SETTINGS = { convs: 2, kernel: 3, residual: 1 } as const;
type Setting = keyof typeof SETTINGS;

export type RegionSize = Omit<RegionSpec, "batch" | "block">;

/** @throws UserError for sizes or settings that are none, with what is meant */
export function parseRegion(text: string): RegionSize {
  const colon = text.indexOf(":");
  const sizes = SIZES.exec(colon < 0 ? text : text.slice(0, colon));
  const [channels = 0, height = 0, width = 0] = (sizes ?? []).slice(1).map(Number);
  if (Math.min(channels, height, width) < 1)
    throw wrong(text, "no CHANNELSxHEIGHTxWIDTH", "write e.g. 64x56x56");
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
