import type { DynamicNetwork } from "../plan.ts";

/** One way to spend less on an input that needs less. */
export interface Mechanism {
  readonly name: string;
  readonly summary: string;
  readonly options: Readonly<Record<string, MechanismOption>>;
  /**
   * Adds what it needs to the network and its plan; what the network computed, it still computes.
   *
   * @throws UserError where nothing in the network suits
   */
  convert(network: DynamicNetwork, values: OptionValues, seed: number): DynamicNetwork;
}

export interface MechanismOption {
  readonly summary: string;
  /**
   * A number within bounds; `numbers`: one for all stages, or one for each (`8+4`); `stages`: a list
   * of them (`1+2`), `all` for every one that suits.
   */
  readonly kind: "number" | "numbers" | "stages";
  readonly byDefault: number | "all";
  readonly min?: number;
  readonly max?: number;
  readonly whole?: boolean;
}

export type OptionValues = Readonly<Record<string, number | "all" | readonly number[]>>;
