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
 * `VK_ICD_FILENAMES` to it. It needs the loader too (libvulkan1).
 */
export function swiftshaderIcd(): string | undefined {
  const path = "/usr/lib/chromium/vk_swiftshader_icd.json";
  return need(path, path, "TIDEMARK_REQUIRE_SWIFTSHADER");
}

/** CI sets the variable where the thing can be had: a skip there is a failure. */
function need(path: string, shown: string, variable: string): string | undefined {
  if (existsSync(path)) return path;
  if (process.env[variable] === "1") throw new Error(`${shown} is not there, and ${variable}=1`);
  console.warn(`skipped: ${shown} is not there`);
  return undefined;
}
