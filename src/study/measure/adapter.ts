/// <reference types="@webgpu/types" />
/** Dawn on Node: finds the adapter and opens the device, or says what is missing. */
import { createRequire } from "node:module";
import { UserError } from "../../base/errors.ts";
import type { AdapterFacts } from "../../gpu/measure/index.ts";

const INSTALL =
  "install the GPU's driver and, on Linux, the Vulkan loader (Debian, Ubuntu: apt install libvulkan1;\n" +
  "`vulkaninfo --summary` of vulkan-tools lists what it finds). To try without a GPU: apt install chromium,\n" +
  "and set VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json";

export interface OpenedGpu {
  /** Must stay referenced as long as the device is used: Dawn ends with it, and the process crashes. */
  readonly instance: GPU;
  readonly device: GPUDevice;
  readonly adapter: AdapterFacts;
}

/** @throws UserError where WebGPU, an adapter, or timestamps are missing */
export async function openGpu(name: string | undefined): Promise<OpenedGpu> {
  const gpu = await startDawn(name);
  const adapter = await gpu
    .requestAdapter({ powerPreference: "high-performance" })
    // Dawn's message lists the adapters that there are.
    .catch((error: Error) => {
      throw new UserError(error.message.trim(), { hint: "name one with --adapter", cause: error });
    });
  if (!adapter)
    throw new UserError(
      name === undefined ? "no GPU adapter was found" : `no GPU adapter is called '${name}'`,
      { hint: INSTALL },
    );
  const { info, limits } = adapter;
  if (!adapter.features.has("timestamp-query"))
    throw new UserError(
      `the adapter ${info.device || info.description} has no timestamp queries, so kernels cannot be timed`,
      { hint: "choose another with --adapter, or update its driver" },
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
  return {
    instance: gpu,
    device,
    adapter: {
      vendor: info.vendor,
      architecture: info.architecture,
      device: info.device,
      description: info.description,
      fallback: info.isFallbackAdapter,
      runtime: `Dawn of webgpu ${version()}, Node ${process.versions.node}, ${process.platform}-${process.arch}`,
    },
  };
}

async function startDawn(name: string | undefined): Promise<GPU> {
  let webgpu: typeof import("webgpu");
  try {
    webgpu = await import("webgpu");
  } catch (error) {
    throw new UserError(
      `WebGPU cannot be loaded on ${process.platform}-${process.arch}: ${(error as Error).message}`,
      {
        hint: "it comes in the npm package webgpu, for Linux, macOS and Windows; run npm ci",
        cause: error,
      },
    );
  }
  return webgpu.create([
    ...(process.platform === "linux" ? ["backend=vulkan"] : []),
    ...(name === undefined ? [] : [`adapter=${name}`]),
    // Else Dawn rounds every timestamp to 65,536 ns.
    "disable-dawn-features=timestamp_quantization",
    // The kernels write workgroup memory before they read it; clearing it would count as their time.
    "enable-dawn-features=disable_workgroup_init",
  ]);
}

function version(): string {
  return (createRequire(import.meta.url)("webgpu/package.json") as { version: string }).version;
}
