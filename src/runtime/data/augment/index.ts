/** The augmentations by name, and what a user writes: `crop=4,flip,cutout=8,mixup=0.2`. */
import { UserError } from "../../../base/errors.ts";
import { suggest } from "../../../base/suggest.ts";
import { crop } from "./crop.ts";
import { cutout } from "./cutout.ts";
import { flip } from "./flip.ts";
import { mixup } from "./mixup.ts";
import type { Augmentation } from "./types.ts";

export const AUGMENTATIONS: readonly Augmentation[] = [crop, flip, cutout, mixup];

/** Value of each augmentation that is on, by its name. */
export type AugmentOptions = Readonly<Record<string, number>>;

/**
 * @param text names with an optional number, separated by commas; "" or `none` for nothing
 * @throws UserError for an unknown name or what is no number
 */
export function parseAugment(text: string): AugmentOptions {
  const options: Record<string, number> = {};
  if (text.trim() === "" || text.trim() === "none") return options;
  for (const part of text.split(",")) {
    const [name = "", value] = part.split("=").map((each) => each.trim());
    const known = AUGMENTATIONS.find((each) => each.name === name);
    if (known === undefined) throw unknown(name);
    const number = value === undefined ? known.usual : value === "" ? Number.NaN : Number(value);
    if (!Number.isFinite(number))
      throw new UserError(`augmentation ${name}: '${value}' is no number`, {
        hint: `write e.g. ${name}=${known.usual}`,
        exitCode: 2,
      });
    options[name] = number;
  }
  return options;
}

/** @throws UserError where an augmentation is unknown, or does not suit samples of this shape */
export function checkAugment(options: AugmentOptions, shape: readonly number[]): void {
  const [, height, width] = shape;
  for (const [name, value] of Object.entries(options)) {
    const known = AUGMENTATIONS.find((each) => each.name === name);
    if (known === undefined) throw unknown(name);
    if (known.place !== undefined && (height === undefined || width === undefined))
      throw new UserError(
        `augmentation ${name} is for images; the samples have ${shape[0]} features`,
        {
          hint: "leave it out; mixup works on features",
          exitCode: 2,
        },
      );
    const problem = known.violation(value, height ?? 1, width ?? 1);
    if (problem !== undefined)
      throw new UserError(`augmentation ${name} = ${value}, expected ${problem}`, {
        hint: `e.g. ${name}=${known.usual}`,
        exitCode: 2,
      });
  }
}

function unknown(name: string): UserError {
  const names = AUGMENTATIONS.map((each) => each.name);
  const near = suggest(name, names);
  return new UserError(`no augmentation is named '${name}'`, {
    hint: near === undefined ? `known: ${names.join(", ")}` : `did you mean ${near}?`,
    exitCode: 2,
  });
}
