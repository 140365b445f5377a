/// <reference types="@webgpu/types" />
/** The browser's GPU: found and opened, or what is missing and what to do about it. */
import { UserError } from "../../../../src/base/errors.ts";
import type { AdapterFacts } from "../../../../src/gpu/measure/index.ts";

export interface OpenedGpu {
  readonly device: GPUDevice;
  readonly adapter: AdapterFacts;
}

const WITHOUT =
  "use Chrome or Edge 113, Safari 26 or Firefox 141 or newer. On Linux, Chrome may want " +
  "chrome://flags/#enable-unsafe-webgpu and #enable-vulkan switched on; chrome://gpu says why WebGPU is off. " +
  "Without a browser: npx tidemark measure";

const NO_ADAPTER =
  "the browser is new enough: it blocks this GPU or its driver, or there is none, as in many virtual machines and " +
  "remote sessions. chrome://gpu says which; update the driver, switch hardware acceleration on in the browser's settings, " +
  "on Linux also chrome://flags/#enable-unsafe-webgpu and #enable-vulkan, and start the browser anew. " +
  "Without a browser: npx tidemark measure";

/** @throws UserError where WebGPU, an adapter, or timestamps are missing */
export async function openGpu(): Promise<OpenedGpu> {
  if (!isSecureContext)
    throw new UserError("browsers give WebGPU to pages of this machine or over HTTPS only", {
      hint: "open the page as http://127.0.0.1, or run `npx tidemark measure` on the other machine",
    });
  const gpu = (navigator as { readonly gpu?: GPU }).gpu;
  if (gpu === undefined) throw new UserError("this browser has no WebGPU", { hint: WITHOUT });
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null)
    throw new UserError("this browser has WebGPU, but finds no GPU that it lets pages use", {
      hint: NO_ADAPTER,
    });
  const { info, limits } = adapter;
  if (!adapter.features.has("timestamp-query"))
    throw new UserError(
      `${info.description || info.vendor || "this GPU"} has no timestamp queries in this browser, so kernels cannot be timed`,
      {
        hint: "in Chrome, switch chrome://flags/#enable-webgpu-developer-features on; or run `npx tidemark measure`",
      },
    );
  const device = await adapter.requestDevice({
    requiredFeatures: ["timestamp-query"],
    requiredLimits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
    },
  });
  return { device, adapter: factsOf(info, navigator.userAgent) };
}

/** Rasterisers in software, by the names that they go by where a browser does not say so itself. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render|\bwarp\b/i;

export function factsOf(
  info: Pick<GPUAdapterInfo, "vendor" | "architecture" | "device" | "description"> & {
    readonly isFallbackAdapter?: boolean;
  },
  userAgent: string,
): AdapterFacts {
  const { vendor, architecture, device, description } = info;
  return {
    vendor,
    architecture,
    device,
    description,
    fallback:
      info.isFallbackAdapter === true || SOFTWARE.test(`${architecture} ${device} ${description}`),
    runtime: browserOf(userAgent),
  };
}

/** `Chrome 142, Linux`: enough to know later what measured. */
export function browserOf(userAgent: string): string {
  // Edge names Chrome too, and first.
  const edge = /(Edg)\/(\d+)/.exec(userAgent);
  const known = edge ?? /(Firefox|Chrome|Version)\/(\d+)/.exec(userAgent);
  const [, name, version] = known ?? [];
  const browser = { Edg: "Edge", Version: "Safari" }[name ?? ""] ?? name ?? "a browser";
  const system = /Windows|Android|Mac OS X|CrOS|Linux/.exec(userAgent)?.[0];
  return `${browser}${version === undefined ? "" : ` ${version}`}${system === undefined ? "" : `, ${system}`}`;
}
