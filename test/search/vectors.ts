/** What pymoo and moocore give for random points; origin in the file. */
import { readFileSync } from "node:fs";

export interface VectorCase {
  readonly kind: "uniform" | "sphere" | "grid";
  readonly points: readonly (readonly number[])[];
  readonly reference: readonly number[];
  readonly front: readonly (readonly number[])[];
  readonly ranks: readonly number[];
  /** null stands for infinity. */
  readonly crowding: readonly (number | null)[] | null;
  readonly hypervolume: number;
  readonly contributions: readonly number[];
  readonly igd: number;
  readonly igdPlus: number;
  readonly additiveEpsilon: number;
}

const file = new URL("../data/search/vectors.json", import.meta.url);
const { cases } = JSON.parse(readFileSync(file, "utf8")) as { readonly cases: VectorCase[] };

/** Title and case, for `test.each`. */
export const vectors = cases.map(
  (c) => [`${c.kind}, ${c.points.length} x ${c.reference.length}`, c] as const,
);
