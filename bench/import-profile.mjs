// Time and memory of `tidemark import-profile` on a generated 500 MB trace of PyTorch's profiler:
// node bench/import-profile.mjs [megabytes]. Prints JSON. The trace has the mix of a real one with
// shapes and Python frames recorded: most events are operators, one in eight is a kernel.
import { spawnSync } from "node:child_process";
import { closeSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const megabytes = Number(process.argv[2] ?? 500);
const path = join(tmpdir(), `tidemark-trace-${process.pid}.json`);
const bin = resolve(import.meta.dirname, "../bin/tidemark.mjs");

function generate() {
  const to = openSync(path, "w");
  writeSync(
    to,
    '{"schemaVersion": 1, "deviceProperties": [{"id": 0, "name": "Tesla V100-SXM2-32GB", "computeMajor": 7, "computeMinor": 0, "maxThreadsPerMultiprocessor": 2048, "regsPerBlock": 65536, "warpSize": 32, "numSms": 80, "regsPerMultiprocessor": 65536, "sharedMemPerBlockOptin": 98304, "sharedMemPerMultiprocessor": 98304}],\n"traceEvents": [\n',
  );
  let kernels = 0;
  let bytes = 0;
  let us = 0;
  while (bytes < megabytes * 1e6) {
    let text = "";
    for (let i = 0; i < 1000; i++, kernels++) {
      us += 120.25;
      const id = kernels + 1;
      for (let k = 0; k < 6; k++)
        text += `  {\n    "ph": "X", "cat": "${k < 4 ? "cpu_op" : "python_function"}", "name": "aten::op_${k}", "pid": 1147039, "tid": 1147039,\n    "ts": ${(us + k).toFixed(3)}, "dur": ${(40 - k).toFixed(3)},\n    "args": {\n      "External id": ${id},"Record function id": 0, "Concrete Inputs": ["", "", "[2, 2]", "[3, 3]", "False"], "Input type": ["float", "float", "ScalarList"], "Input Dims": [[1, 3, 224, 224], [64, 3, 7, 7], []], "Ev Idx": ${id}\n    }\n  },\n`;
      text += `  {\n    "ph": "X", "cat": "cuda_runtime", "name": "cudaLaunchKernel", "pid": 1147039, "tid": 1147039,\n    "ts": ${(us + 20).toFixed(3)}, "dur": 4.000,\n    "args": {\n      "External id": ${id},"cbid": 211, "correlation": ${id}\n    }\n  },\n`;
      text += `  {\n    "ph": "X", "cat": "kernel", "name": "void at::native::vectorized_elementwise_kernel<4, at::native::CUDAFunctor_add<float>, at::detail::Array<char*, 3> >(int, int)", "pid": 0, "tid": 7,\n    "ts": ${(us + 30).toFixed(3)}, "dur": 60.500,\n    "args": {\n      "External id": ${id},"queued": 0, "device": 0, "context": 1, "stream": 7, "correlation": ${id}, "registers per thread": 16, "shared memory": 0, "blocks per SM": 8.000000, "warps per SM": 32.000000, "grid": [${640 + (kernels % 50)}, 1, 1], "block": [128, 1, 1], "est. achieved occupancy %": 50\n    }\n  },\n`;
    }
    bytes += writeSync(to, text);
  }
  writeSync(
    to,
    '  {\n    "name": "Record Window End", "ph": "i", "s": "g", "pid": "", "tid": "", "ts": 0\n  }\n]}\n',
  );
  closeSync(to);
  return kernels;
}

// A child of its own tells its peak memory and the processor's time when it ends.
const MEASURE = `import { writeSync } from "node:fs";
process.on("exit", () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  writeSync(2, JSON.stringify({ peakMb: maxRSS / 1024, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6 }));
});
process.argv = [process.argv[0], ${JSON.stringify(bin)}, "import-profile", ${JSON.stringify(path)}, "-f", "json"];
await import(${JSON.stringify(bin)});`;

try {
  const kernels = generate();
  const start = performance.now();
  const child = spawnSync(process.execPath, ["--input-type=module", "-e", MEASURE], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const seconds = (performance.now() - start) / 1e3;
  if (child.status !== 0) throw new Error(child.stderr);
  const { launches, kernelUs } = JSON.parse(child.stdout);
  if (launches !== kernels || Math.abs(kernelUs - 60.5 * kernels) > 1)
    throw new Error(`${launches} launches of ${kernels} were read`);
  const fileMb = statSync(path).size / 1e6;
  const { peakMb, cpuSeconds } = JSON.parse(child.stderr.slice(child.stderr.lastIndexOf("{")));
  console.log(
    JSON.stringify({
      fileMb: Math.round(fileMb),
      kernels,
      seconds: Math.round(seconds * 100) / 100,
      cpuSeconds: Math.round(cpuSeconds * 100) / 100,
      mbPerSecond: Math.round(fileMb / seconds),
      peakMb: Math.round(peakMb),
    }),
  );
} finally {
  rmSync(path, { force: true });
}
