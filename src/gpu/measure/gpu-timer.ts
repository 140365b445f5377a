/// <reference types="@webgpu/types" />
/**
 * Runs workloads on a WebGPU device and times them by timestamp queries: the same code on Node
 * (Dawn) and in a browser. Needs the feature `timestamp-query`.
 */
import { UserError } from "../../base/errors.ts";
import { stream } from "../../base/rng.ts";
import { OutOfGpuMemory } from "./errors.ts";
import type { KernelTimer, MeasureLimits, Samples, Workload } from "./types.ts";

/** WebGPU's constants, which are globals only in a browser. */
const USAGE = {
  mapRead: 0x1,
  copySrc: 0x4,
  copyDst: 0x8,
  uniform: 0x40,
  storage: 0x80,
  queryResolve: 0x200,
} as const;
const MAP_READ = 0x1;
const COMPUTE = 0x4;

/** Passes in one submission, at most. */
const BATCH = 64;
/** Expected time of one submission: watchdogs of display drivers end what runs for seconds. */
const BATCH_US = 200_000;
const UNIFORM_STRIDE = 256;

interface Prepared {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
}

export interface GpuTimerOptions {
  /** Called before each submission with what is about to run. */
  readonly onSubmit?: (work: Workload) => void;
}

export class GpuTimer implements KernelTimer {
  readonly device: GPUDevice;
  readonly #onSubmit: (work: Workload) => void;
  readonly #pipelines = new Map<string, Promise<GPUComputePipeline>>();
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #expectedUs = new Map<string, number>();
  /** Storage buffers by binding; grown on demand. */
  #storage: GPUBuffer[] = [];
  #groups = new Map<string, GPUBindGroup>();
  readonly #uniforms: GPUBuffer;
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #readable: GPUBuffer;
  #round = 0;
  #quantumNs = 0;
  #failure: UserError | undefined;

  constructor(device: GPUDevice, options: GpuTimerOptions = {}) {
    if (!device.features.has("timestamp-query"))
      throw new UserError("this adapter has no timestamp queries, so kernels cannot be timed", {
        hint: "choose another adapter, or update the GPU's driver",
      });
    this.device = device;
    this.#onSubmit = options.onSubmit ?? (() => {});
    this.#uniforms = device.createBuffer({
      size: BATCH * UNIFORM_STRIDE,
      usage: USAGE.uniform | USAGE.copyDst,
    });
    this.#queries = device.createQuerySet({ type: "timestamp", count: 2 * (BATCH + 1) });
    const size = 2 * (BATCH + 1) * 8;
    this.#resolved = device.createBuffer({ size, usage: USAGE.queryResolve | USAGE.copySrc });
    this.#readable = device.createBuffer({ size, usage: USAGE.mapRead | USAGE.copyDst });
    void device.lost.then(({ reason, message }) => {
      if (reason !== "destroyed")
        this.#failure ??= new UserError(`the GPU was lost: ${message}`, {
          hint: "the driver reset it; close other programs that use the GPU, or update the driver",
        });
    });
    device.onuncapturederror = ({ error }) => {
      this.#failure ??= new UserError(`the GPU refused a command: ${error.message}`);
    };
  }

  get limits(): MeasureLimits {
    const { limits } = this.device;
    return {
      maxThreadsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxWorkgroupStorageBytes: limits.maxComputeWorkgroupStorageSize,
      maxWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
      maxBufferBytes: Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize),
    };
  }

  /** Largest step that all timestamps so far are multiples of, ns; 0 before the first. */
  get quantumNs(): number {
    return this.#quantumNs;
  }

  async time(works: readonly Workload[], rounds: number): Promise<Samples[]> {
    const times: number[][] = works.map(() => []);
    const dropped = works.map(() => 0);
    const keys = works.map(keyOf);
    await this.#grow(works);
    for (let round = 0; round < rounds; round++) {
      const order = stream(0, "measure/order", this.#round++).shuffle(works.map((_, i) => i));
      for (let at = 0; at < order.length; ) {
        const batch: number[] = [];
        let expected = 0;
        while (at < order.length && batch.length < BATCH) {
          const i = order[at]!;
          // A kernel never run before goes alone: nobody knows how long it takes.
          const us = this.#expectedUs.get(keys[i]!) ?? BATCH_US;
          if (batch.length > 0 && expected + us > BATCH_US) break;
          expected += us;
          batch.push(i);
          at++;
        }
        const measured = await this.#submit(batch.map((i) => works[i]!));
        batch.forEach((i, j) => {
          const us = measured[j]!;
          if (us > 0) {
            times[i]!.push(us);
            this.#expectedUs.set(keys[i]!, us * works[i]!.repeat);
          } else dropped[i] = dropped[i]! + 1;
        });
      }
    }
    return works.map((_, i) => ({ us: Float64Array.from(times[i]!), dropped: dropped[i]! }));
  }

  /** Runs a workload once on given data; the first buffer's contents, for checking a kernel. */
  async compute(work: Workload, inputs: readonly Float32Array[]): Promise<Float32Array> {
    await this.#grow([work]);
    work.program.buffers.slice(1).forEach((_, i) => {
      this.device.queue.writeBuffer(this.#storage[i + 1]!, 0, inputs[i]!.slice());
    });
    await this.#submit([work]);
    const bytes = work.program.buffers[0]!.words * 4;
    const copy = this.device.createBuffer({ size: bytes, usage: USAGE.mapRead | USAGE.copyDst });
    const encoder = this.device.createCommandEncoder();
    encoder.copyBufferToBuffer(this.#storage[0]!, 0, copy, 0, bytes);
    this.device.queue.submit([encoder.finish()]);
    await copy.mapAsync(MAP_READ);
    const out = new Float32Array(copy.getMappedRange().slice(0));
    copy.destroy();
    return out;
  }

  destroy(): void {
    this.device.destroy();
  }

  async #submit(works: readonly Workload[]): Promise<number[]> {
    this.#onSubmit(works[0]!);
    const { device } = this;
    const prepared: Prepared[] = [];
    for (const work of works) prepared.push(await this.#prepare(work));
    const words = new Uint32Array((works.length * UNIFORM_STRIDE) / 4);
    works.forEach((work, i) => {
      words.set(work.program.uniforms, (i * UNIFORM_STRIDE) / 4);
    });
    device.queue.writeBuffer(this.#uniforms, 0, words);
    const encoder = device.createCommandEncoder();
    const begin = (i: number) =>
      encoder.beginComputePass({
        timestampWrites: {
          querySet: this.#queries,
          beginningOfPassWriteIndex: 2 * i,
          endOfPassWriteIndex: 2 * i + 1,
        },
      });
    // Nothing but the end of the uploads before it.
    begin(0).end();
    works.forEach((work, i) => {
      const pass = begin(i + 1);
      pass.setPipeline(prepared[i]!.pipeline);
      pass.setBindGroup(0, prepared[i]!.group, [i * UNIFORM_STRIDE]);
      for (let r = 0; r < work.repeat; r++) pass.dispatchWorkgroups(...work.grid);
      pass.end();
    });
    const stampsUsed = 2 * (works.length + 1);
    const bytes = stampsUsed * 8;
    encoder.resolveQuerySet(this.#queries, 0, stampsUsed, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#readable, 0, bytes);
    device.queue.submit([encoder.finish()]);
    try {
      await this.#readable.mapAsync(MAP_READ, 0, bytes);
    } catch (error) {
      // A lost device rejects the mapping; the loss says why, and may arrive a turn later.
      await Promise.resolve();
      throw this.#failure ?? error;
    }
    const stamps = new BigUint64Array(this.#readable.getMappedRange(0, bytes).slice(0));
    this.#readable.unmap();
    if (this.#failure) throw this.#failure;
    return works.map((work, i) => {
      // A driver may stamp the beginning when the front end sees it, with the pass before still
      // running. All passes write one buffer, so none starts before the end of the last.
      let start = stamps[2 * i + 1]!;
      const began = stamps[2 * i + 2]!;
      if (began > start) start = began;
      const ns = Number(BigInt.asIntN(64, stamps[2 * i + 3]! - start));
      if (ns > 0) this.#quantumNs = gcd(this.#quantumNs, ns);
      return ns / 1000 / work.repeat;
    });
  }

  async #prepare(work: Workload): Promise<Prepared> {
    const { buffers, code } = work.program;
    const shape = buffers.map((b) => (b.write ? "w" : "r")).join("");
    let layout = this.#layouts.get(shape);
    if (!layout) {
      layout = this.device.createBindGroupLayout({
        entries: [
          {
            binding: 0,
            visibility: COMPUTE,
            buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: 0 },
          },
          ...buffers.map((b, i) => ({
            binding: i + 1,
            visibility: COMPUTE,
            buffer: { type: b.write ? "storage" : "read-only-storage" } as const,
          })),
        ],
      });
      this.#layouts.set(shape, layout);
    }
    const key = `${shape}${code}`;
    let pipeline = this.#pipelines.get(key);
    if (!pipeline) {
      pipeline = this.device.createComputePipelineAsync({
        layout: this.device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module: this.device.createShaderModule({ code }), entryPoint: "main" },
      });
      this.#pipelines.set(key, pipeline);
    }
    const sizes = `${shape}${buffers.map((b) => b.words).join(",")}`;
    let group = this.#groups.get(sizes);
    if (!group) {
      group = this.device.createBindGroup({
        layout,
        entries: [
          { binding: 0, resource: { buffer: this.#uniforms, size: UNIFORM_STRIDE } },
          ...buffers.map((b, i) => ({
            binding: i + 1,
            resource: { buffer: this.#storage[i]!, size: b.words * 4 },
          })),
        ],
      });
      this.#groups.set(sizes, group);
    }
    return { pipeline: await pipeline, group };
  }

  /** Makes each binding's buffer large enough for all of the workloads, and fills it. */
  async #grow(works: readonly Workload[]): Promise<void> {
    const needed: number[] = [];
    for (const { program } of works)
      program.buffers.forEach((b, i) => {
        needed[i] = Math.max(needed[i] ?? 0, b.words * 4);
      });
    const short = needed.flatMap((bytes, i) => ((this.#storage[i]?.size ?? 0) < bytes ? [i] : []));
    if (short.length === 0) return;
    this.#groups = new Map();
    this.device.pushErrorScope("out-of-memory");
    for (const i of short) {
      this.#storage[i]?.destroy();
      this.#storage[i] = this.device.createBuffer({
        size: needed[i]!,
        usage: USAGE.storage | USAGE.copyDst | USAGE.copySrc,
      });
    }
    const error = await this.device.popErrorScope();
    if (error) {
      const total = needed.reduce((s, bytes) => s + bytes, 0);
      for (const i of short) this.#storage[i]!.destroy();
      this.#storage = [];
      throw new OutOfGpuMemory(`the GPU has no ${(total / 2 ** 20).toFixed(0)} MiB left`);
    }
    for (const i of short) this.#fill(this.#storage[i]!);
  }

  /** Data of both signs: an adder that adds zeros takes less power, and clocks higher. */
  #fill(buffer: GPUBuffer): void {
    const chunk = new Float32Array(Math.min(buffer.size, 1 << 22) / 4);
    const rng = stream(0, "measure/data");
    for (let i = 0; i < chunk.length; i++) chunk[i] = ((rng.int(0xffff) - 0x7fff) / 0x7fff) * 0.5;
    for (let at = 0; at < buffer.size; at += chunk.byteLength) {
      const words = Math.min(chunk.byteLength, buffer.size - at) / 4;
      this.device.queue.writeBuffer(buffer, at, chunk, 0, words);
    }
  }
}

function keyOf(work: Workload): string {
  return JSON.stringify([
    work.kernel,
    work.sizes,
    work.grid,
    work.workgroup,
    work.workgroupStorageBytes,
  ]);
}

function gcd(a: number, b: number): number {
  while (b > 0) [a, b] = [b, a % b];
  return a;
}
