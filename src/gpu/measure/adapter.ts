/** What an adapter says of itself, and which shipped device it may be. */
import type { Architecture, Device, VENDORS } from "../device.ts";

export interface AdapterFacts {
  /** As WebGPU's `GPUAdapterInfo` has them; empty where a browser keeps them back. */
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  /** Dawn puts the driver and its version here. */
  readonly description: string;
  /** A software rasteriser. */
  readonly fallback: boolean;
  /** What runs WebGPU, e.g. `Dawn, webgpu 0.6.2` or the browser's version. */
  readonly runtime: string;
}

const ARCHITECTURES: readonly (readonly [RegExp, Architecture])[] = [
  [/maxwell/, "maxwell"],
  [/pascal/, "pascal"],
  [/volta/, "volta"],
  [/turing/, "turing"],
  [/ampere/, "ampere"],
  [/lovelace|^ada/, "ada"],
  [/hopper/, "hopper"],
  [/blackwell/, "blackwell"],
  [/adreno/, "adreno"],
  [/mali|midgard|bifrost|valhall/, "mali"],
  [/^apple|^metal|^common/, "apple"],
];

export function architectureOf({ vendor, architecture }: AdapterFacts): Architecture {
  const name = architecture.toLowerCase();
  const found = ARCHITECTURES.find(([pattern]) => pattern.test(name))?.[1];
  if (found === "apple" && vendorOf(vendor) !== "apple") return "other";
  return found ?? "other";
}

export function vendorOf(vendor: string): (typeof VENDORS)[number] {
  const name = vendor.toLowerCase();
  if (name.includes("nvidia")) return "nvidia";
  if (name.includes("qualcomm")) return "qualcomm";
  if (name.includes("apple")) return "apple";
  return /^arm\b/.test(name) ? "arm" : "other";
}

/** Words that vendors put round a board's name and that tell no two boards apart. */
const FILLER = new Set(["nvidia", "corporation", "geforce", "tesla", "graphics", "gpu", "quadro"]);

/**
 * The shipped device of exactly this name, its filler words aside: `NVIDIA GeForce RTX 2080 Ti` is
 * `rtx-2080-ti`, and `RTX 3070 Ti` is not `rtx-3070`.
 */
export function boardNamed(adapter: AdapterFacts, boards: readonly Device[]): Device | undefined {
  const wanted = words(adapter.device);
  if (wanted === "") return undefined;
  return boards.find((b) => [b.id, b.name, ...b.aliases].some((name) => words(name) === wanted));
}

function words(name: string): string {
  return (name.toLowerCase().match(/[a-z]+|\d+/g) ?? [])
    .filter((word) => !FILLER.has(word))
    .join(" ");
}

/** A readable name and a kebab-case id. */
export function nameOf(adapter: AdapterFacts): { readonly id: string; readonly name: string } {
  const named = [adapter.device, `${adapter.vendor} ${adapter.architecture}`, "GPU"]
    .map((name) => name.trim().replaceAll(/^[-\s]+|[-\s]+$/g, ""))
    .find((name) => name !== "")!;
  const id = named
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return { id: `${id || "gpu"}-measured`, name: `${named} (measured)` };
}
