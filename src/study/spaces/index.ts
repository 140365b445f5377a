/** The kinds of spaces. A new one is a file here and a line in this list. */
import type { SpaceKind } from "../kinds.ts";
import { dynamic } from "./dynamic.ts";
import { morphism } from "./morphism.ts";
import { nasbench201 } from "./nasbench201.ts";
import { parameters } from "./parameters.ts";
import { table } from "./table.ts";
import { zoo } from "./zoo.ts";

export const SPACES: readonly SpaceKind[] = [
  nasbench201,
  table,
  zoo,
  morphism,
  dynamic,
  parameters,
];
