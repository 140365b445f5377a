/**
 * Timelines with waits of the host. Where the host waits for the device, both clocks meet: nothing is
 * queued, the device stands idle, and what follows is a timeline of its own that starts a wait later.
 */
import type { Launch } from "../lower.ts";
import { runTimeline, type Timeline } from "../timeline.ts";
import type { DynamicTarget } from "./target.ts";

/** Called as by `runTimeline`; times are from the first segment's start. */
export type OnKernel = NonNullable<Parameters<typeof runTimeline>[2]>;

/** @param segments launches between two waits */
export function runSegments(
  segments: readonly (readonly Launch[])[],
  target: DynamicTarget,
  onKernel?: OnKernel,
): Timeline {
  const { host } = target;
  let latencyUs = 0;
  let gpuUs = 0;
  let hostUs = 0;
  segments.forEach((launches, i) => {
    // A captured graph cannot hold a wait: each segment is a graph of its own, launched when it ends.
    const relaunch = target.mode === "cuda-graph" && launches.length > 0 ? host.usToStart : 0;
    const usToStart = i === 0 ? host.usToStart : target.syncUs + relaunch;
    const from = latencyUs;
    const timeline = runTimeline(
      launches,
      { ...host, usToStart },
      (launch, index, idle, start, issued) =>
        onKernel?.(launch, index, idle, from + start, from + issued),
    );
    latencyUs += timeline.latencyUs;
    gpuUs += timeline.gpuUs;
    hostUs += timeline.hostUs;
  });
  return { latencyUs, gpuUs, hostUs };
}
