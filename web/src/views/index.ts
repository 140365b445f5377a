/** Every view, in the order of the navigation. */
import type { View } from "./types.ts";

export const VIEWS: readonly View[] = [
  { id: "studies", title: "Studies", load: () => import("./studies/index.tsx") },
];
