/** The mechanisms by name, in the order in which they are put into a network. */
import { attention } from "./attention.ts";
import { channels } from "./channels.ts";
import { exits } from "./exits.ts";
import { gates } from "./gates.ts";
import { layers } from "./layers.ts";
import { multires } from "./multires.ts";
import type { Mechanism } from "./types.ts";

/** What looks for places in the trunk comes before what adds paths beside it. */
export const MECHANISMS: readonly Mechanism[] = [
  layers,
  attention,
  gates,
  channels,
  exits,
  multires,
];

export type { Mechanism, MechanismOption, OptionValues } from "./types.ts";
