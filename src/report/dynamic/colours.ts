/** Colours of exits: the same in pictures, which have one ground, and on the page. */

/** After Okabe & Ito, as far as both grounds show them; the end has the last that is used. */
const COLOURS: readonly (readonly [number, number, number])[] = [
  [0, 158, 115],
  [86, 180, 233],
  [230, 159, 0],
  [204, 121, 167],
  [0, 114, 178],
  [143, 138, 0],
];
/** Of the end, however many exits there are. */
const END = [213, 94, 0] as const;

/** @param exits of the network; index `exits` is the end */
export function exitColour(exit: number, exits: number): readonly [number, number, number] {
  return exit >= exits ? END : COLOURS[exit % COLOURS.length]!;
}

export const rgb = (colour: readonly number[]) => `rgb(${colour.join(",")})`;
