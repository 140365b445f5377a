/** ONNX Runtime's WebGPU provider, on the Vulkan driver in software that chromium carries. */
import { afterEach, expect, it } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { ChildPool, isolatedEngine } from "../../src/runtime/child/index.ts";
import { nodeEngine } from "../../src/runtime/index.ts";
import { exotic } from "../reference/networks.ts";
import { swiftshaderIcd } from "../shared.ts";

const icd = swiftshaderIcd();
const before = process.env.VK_ICD_FILENAMES;
afterEach(() => {
  if (before === undefined) delete process.env.VK_ICD_FILENAMES;
  else process.env.VK_ICD_FILENAMES = before;
});

const feeds = {
  input: {
    dtype: "float32",
    dims: [2, 3, 6, 6],
    data: Float32Array.from({ length: 216 }, (_, i) => Math.sin(i)),
  },
} as const;

/** In a process of its own: the driver stays loaded until it ends. */
async function onWebGpu(path: string) {
  process.env.VK_ICD_FILENAMES = path;
  const pool = new ChildPool();
  try {
    const session = await isolatedEngine(pool).open(exotic(), { provider: "webgpu" });
    return await session.run(feeds);
  } finally {
    await pool.close();
  }
}

it.skipIf(icd === undefined)("runs on WebGPU what it runs on the CPU", async () => {
  const cpu = await nodeEngine.open(exotic(), { threads: 1 });
  const want = Object.values(await cpu.run(feeds))[0]!;
  await cpu.release();
  const got = Object.values(await onWebGpu(icd!))[0]!;
  expect(got.dims).toEqual(want.dims);
  const largest = Math.max(...(want.data as Float32Array).map(Math.abs));
  (want.data as Float32Array).forEach((w, i) => {
    expect(Math.abs((got.data as Float32Array)[i]! - w) / largest).toBeLessThan(1e-5);
  });
});

it("says what to install where there is no GPU", async () => {
  const error = await onWebGpu("/nonexistent.json").catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toMatch(/finds no GPU that WebGPU can use/);
  expect((error as UserError).hint).toMatch(/libvulkan1[\s\S]*VK_ICD_FILENAMES/);
});
