// Writes kineto.json and kineto.json.gz: node test/data/gpu/profiles/make-samples.mjs
// The layout (spacing, line breaks, order and names of fields) is that of pytorch/kineto
// libkineto/src/output_json.cpp, CuptiActivity.cpp and DeviceProperties.cpp; the numbers are made up
// so that every figure of a report can be worked out by hand (test/gpu/profiles/kineto.test.ts).
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const SMS = 80;
const MAX_THREADS = 2048;
const events = [];
const ts = (us) => us.toFixed(3);

function event(cat, name, pid, tid, start, dur, args) {
  events.push(`
  {
    "ph": "X", "cat": "${cat}", "name": "${name}", "pid": ${pid}, "tid": ${tid},
    "ts": ${ts(start)}, "dur": ${ts(dur)},
    "args": {
      ${args}
    }
  }`);
}

function launch(correlation, start) {
  event(
    "cuda_runtime",
    "cudaLaunchKernel",
    4242,
    4242,
    start,
    4,
    `"External id": ${correlation},"cbid": 211, "correlation": ${correlation}`,
  );
  events.push(`
  {
    "ph": "s", "id": ${correlation}, "pid": 4242, "tid": 4242, "ts": ${ts(start)},
    "cat": "ac2g", "name": "ac2g"
  }`);
}

function kernel(correlation, name, start, dur, grid, block, registers, shared, resident) {
  const blocks = grid[0] * grid[1] * grid[2];
  const threads = block[0] * block[1] * block[2];
  const perSm = blocks / SMS;
  const occupancy = Math.floor(0.5 + (100 * Math.min(perSm, resident) * threads) / MAX_THREADS);
  event(
    "kernel",
    name,
    0,
    7,
    start,
    dur,
    `"External id": ${correlation},
      "queued": 0, "device": 0, "context": 1,
      "stream": 7, "correlation": ${correlation},
      "registers per thread": ${registers},
      "shared memory": ${shared},
      "blocks per SM": ${perSm.toFixed(6)},
      "warps per SM": ${((perSm * threads) / 32).toFixed(6)},
      "grid": [${grid.join(", ")}],
      "block": [${block.join(", ")}],
      "est. achieved occupancy %": ${occupancy}`,
  );
}

const conv = "volta_scudnn_128x64_relu_small_nn_v1";
const relu =
  "void at::native::vectorized_elementwise_kernel<4, at::native::(anonymous namespace)::launch_clamp_scalar(at::TensorIteratorBase&, c10::Scalar, c10::Scalar, at::native::detail::ClampLimits)::{lambda()#1}, at::detail::Array<char*, 2> >(int, at::native::(anonymous namespace)::launch_clamp_scalar, at::detail::Array<char*, 2>)";

event("cpu_op", "aten::conv2d", 4242, 4242, 1000, 60, `"External id": 1,"Record function id": 0, "Ev Idx": 0`);
launch(11, 1040);
kernel(11, conv, 1050, 100, [81, 4, 1], [128, 1, 1], 128, 12544, 4);
// Called for before the GPU was done: the gap of 2 us is the front end's.
launch(12, 1070);
kernel(12, relu, 1152, 10, [640, 1, 1], [128, 1, 1], 16, 0, 16);
// The host comes 38 us after the GPU ran dry, and the launch takes 5 us on its way.
launch(13, 1200);
kernel(13, conv, 1205, 110, [81, 4, 1], [128, 1, 1], 128, 12544, 4);
launch(14, 1330);
event(
  "gpu_memcpy",
  "Memcpy DtoH (Device -> Pageable)",
  0,
  7,
  1340,
  5,
  `"External id": 14,
      "device": 0, "context": 1,
      "stream": 7, "correlation": 14,
      "bytes": 4000, "memory bandwidth (GB/s)": 0.8`,
);
events.push(`
  {
    "name": "Record Window End", "ph": "i", "s": "g",
    "pid": "", "tid": "", "ts": 1400.000
  }`);

const text = `
  {
    "schemaVersion": 1,
    "deviceProperties": [
    {
      "id": 0, "name": "Tesla V100-SXM2-32GB", "totalGlobalMem": 34089730048,
      "computeMajor": 7, "computeMinor": 0,
      "maxThreadsPerBlock": 1024, "maxThreadsPerMultiprocessor": ${MAX_THREADS},
      "regsPerBlock": 65536, "warpSize": 32,
      "sharedMemPerBlock": 49152, "numSms": ${SMS}
    , "regsPerMultiprocessor": 65536, "sharedMemPerBlockOptin": 98304, "sharedMemPerMultiprocessor": 98304
    }
    ],
      "cupti_version": 18,
      "cuda_runtime_version": 11080,
      "cuda_driver_version": 12020,
  "displayTimeUnit": "ms",
  "baseTimeNanoseconds": 1710000000000000000,
  "traceEvents": [
  {
    "name": "process_name", "ph": "M", "ts": 0.000, "pid": 0, "tid": 0,
    "args": {
      "name": "python"
    }
  },${events.join(",")}
  ],
  "traceName": "./trace.json"
}`;
const at = (name) => new URL(name, import.meta.url);
writeFileSync(at("kineto.json"), text);
writeFileSync(at("kineto.json.gz"), gzipSync(text));
