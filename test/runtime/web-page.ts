/** What the test of the web engine loads in a browser. */
import { webEngine } from "../../src/runtime/web-engine.ts";
import { buildNetwork } from "../../src/zoo/index.ts";

async function outputs(seed: number): Promise<readonly number[]> {
  const session = await webEngine.open(buildNetwork("resnet-cifar", { depth: 8, seed }));
  const data = Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => Math.sin(i));
  const got = await session.run({ input: { dtype: "float32", dims: [1, 3, 32, 32], data } });
  await session.release();
  return Object.values(got).flatMap((tensor) => Array.from(tensor.data as Float32Array));
}

Object.assign(globalThis, { outputs });
