import { expect, test } from "vitest";
import { runSegments } from "../../../src/gpu/dynamic/segments.ts";
import { streamLaunch } from "../../../src/gpu/dynamic/synthetic.ts";
import { dynamicTarget } from "../../../src/gpu/dynamic/target.ts";
import { planStream } from "../../../src/gpu/kernels/memory.ts";
import { runTimeline } from "../../../src/gpu/timeline.ts";
import { v100 } from "./specs.ts";

const launches = (host: "eager" | "compiled" | "cuda-graph", megabytes: readonly number[]) => {
  const target = dynamicTarget({ device: v100, host, syncUs: 12 });
  const of = (mb: number) =>
    streamLaunch(
      `move ${mb}`,
      "Gather",
      [
        planStream(
          {
            name: "copy",
            algorithm: "copy",
            readBytes: mb * 1e6,
            writtenBytes: mb * 1e6,
            threads: mb * 1e6,
            flops: 0,
            efficiency: 1,
          },
          v100,
        ),
      ],
      target,
    );
  return { target, list: megabytes.map(of) };
};

test("one segment is the engine's timeline", () => {
  for (const host of ["eager", "compiled", "cuda-graph"] as const) {
    const { target, list } = launches(host, [1, 40, 3]);
    expect(runSegments([list], target)).toEqual(runTimeline(list, target.host));
  }
});

test("after a wait both clocks start together: the device stands idle until the next launch", () => {
  for (const host of ["eager", "compiled"] as const) {
    const { target, list } = launches(host, [200, 300]);
    const [first, second] = [[list[0]!], [list[1]!]];
    const starts: number[] = [];
    const { latencyUs } = runSegments([first, second], target, (_l, _i, _idle, startUs) => {
      starts.push(startUs);
    });
    const until = runTimeline(first, target.host).latencyUs;
    // 12 us of waiting, then the host issues the next kernel.
    expect(starts[1]).toBeCloseTo(until + 12 + list[1]!.hostUs, 6);
    expect(latencyUs).toBeCloseTo(starts[1]! + list[1]!.kernels[0]!.timeUs, 6);
  }
});

test("a captured graph ends at a wait, and the next one is launched; none for nothing", () => {
  const { target, list } = launches("cuda-graph", [200, 300]);
  const whole = runSegments([list], target).latencyUs;
  const split = runSegments([[list[0]!], [list[1]!]], target).latencyUs;
  expect(split - whole).toBeCloseTo(12 + target.host.usToStart - target.host.gapUs, 6);
  const nothing = runSegments([[list[0]!], []], target).latencyUs;
  expect(nothing - runSegments([[list[0]!]], target).latencyUs).toBeCloseTo(12, 6);
});
