/** Every view, in the order of the navigation. */
import type { View } from "./types.ts";

export const VIEWS: readonly View[] = [
  { id: "studies", title: "Studies", load: () => import("./studies/index.tsx") },
  { id: "front", title: "Front", load: () => import("./front/index.tsx") },
  { id: "design", title: "Design", load: () => import("./design/index.tsx") },
  { id: "gpu", title: "GPU", load: () => import("./gpu/index.tsx") },
  { id: "dynamic", title: "Dynamic", load: () => import("./dynamic/index.tsx") },
  { id: "measure", title: "Measure this GPU", load: () => import("./measure/index.tsx") },
];
