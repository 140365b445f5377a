/** The kinds of spaces. A new one is a file here and a line in this list. */
import type { SpaceKind } from "../kinds.ts";
import { nasbench201 } from "./nasbench201.ts";

export const SPACES: readonly SpaceKind[] = [nasbench201];
