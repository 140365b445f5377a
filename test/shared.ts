/** What some tests need and a checkout alone does not have. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The path of `rel` in the data beside the checkout; undefined, with a printed reason, where absent. */
export function sharedPath(rel: string): string | undefined {
  const path = fileURLToPath(new URL(`../../shared/${rel}`, import.meta.url));
  return need(path, `../shared/${rel}`, "TIDEMARK_REQUIRE_SHARED");
}

/** Debian's chromium; undefined, with a printed reason, where absent. */
export function chromiumPath(): string | undefined {
  return need("/usr/bin/chromium", "/usr/bin/chromium", "TIDEMARK_REQUIRE_CHROMIUM");
}

/**
 * The Vulkan driver in software that Debian's chromium carries: WebGPU without a GPU. The tests set
 * `VK_ICD_FILENAMES` to it. Undefined, with a printed reason, where it or the Vulkan loader
 * (libvulkan1) is absent.
 */
export function swiftshaderIcd(): string | undefined {
  const variable = "TIDEMARK_REQUIRE_SWIFTSHADER";
  const folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64"];
  const loaders = folders.map((folder) => `${folder}/libvulkan.so.1`);
  const loader = loaders.find((path) => existsSync(path)) ?? loaders[0]!;
  const icd = "/usr/lib/chromium/vk_swiftshader_icd.json";
  return need(loader, "libvulkan.so.1 (libvulkan1)", variable) && need(icd, icd, variable);
}

/** Debian's dataset-fashion-mnist, as its IDX files; undefined, with a printed reason, where absent. */
export function fashionMnistPath(): string | undefined {
  const path = "/usr/share/datasets/fashion-mnist";
  return need(path, path, "TIDEMARK_REQUIRE_FASHION_MNIST");
}

/** CI sets the variable where the thing can be had: a skip there is a failure. */
function need(path: string, shown: string, variable: string): string | undefined {
  if (existsSync(path)) return path;
  if (process.env[variable] === "1") throw new Error(`${shown} is not there, and ${variable}=1`);
  console.warn(`skipped: ${shown} is not there`);
  return undefined;
}
