import fc from "fast-check";
import { expect, it } from "vitest";
import { findGaps } from "../../../src/gpu/profiles/gaps.ts";
import { Recording } from "../../../src/gpu/profiles/recording.ts";

const record = (device: number, timeUs: number) => ({
  name: "k",
  grid: [1, 1, 1] as const,
  block: [32, 1, 1] as const,
  registersPerThread: 16,
  sharedBytesPerBlock: 0,
  device,
  timeUs,
  reported: {},
});

it("splits the span of each GPU as counting microseconds one by one does", () => {
  const intervals = fc.array(
    fc.record({
      device: fc.nat(1),
      start: fc.nat(200),
      time: fc.integer({ min: 1, max: 20 }),
      call: fc.option(fc.nat(220)),
    }),
    { minLength: 1, maxLength: 25 },
  );
  fc.assert(
    fc.property(intervals, (items) => {
      const recording = new Recording();
      items.forEach((k, i) => {
        recording.launch(record(k.device, k.time), k.start, i);
        if (k.call !== null) recording.calls.set(i, k.call);
      });
      const { devices } = findGaps(recording);
      for (const t of devices) {
        const own = items.map((k, i) => ({ ...k, i })).filter((k) => k.device === t.device);
        const from = Math.min(...own.map((k) => k.start));
        const to = Math.max(...own.map((k) => k.start + k.time));
        const counts = { busyUs: 0, hostUs: 0, launchUs: 0, queuedUs: 0, unknownUs: 0 };
        for (let us = from; us < to; us++) {
          if (own.some((k) => k.start <= us && us < k.start + k.time)) {
            counts.busyUs++;
            continue;
          }
          const next = own
            .filter((k) => k.start > us)
            .sort((a, b) => a.start - b.start || a.i - b.i)[0]!;
          const ended = Math.max(...own.filter((k) => k.start <= us).map((k) => k.start + k.time));
          if (next.call === null) counts.unknownUs++;
          else if (next.call <= ended) counts.queuedUs++;
          else if (us < next.call) counts.hostUs++;
          else counts.launchUs++;
        }
        expect(t).toEqual({ device: t.device, spanUs: to - from, ...counts, breaks: 0 });
      }
    }),
  );
});

it("does not call a start time that cannot be true an hour of idle time", () => {
  const recording = new Recording();
  recording.launch(record(0, 10), 0);
  recording.launch(record(0, 10), 1e15);
  recording.launch(record(0, 10), 1e15 + 15);
  const gaps = findGaps(recording);
  expect(gaps.devices).toEqual([
    {
      device: 0,
      spanUs: 35,
      busyUs: 30,
      hostUs: 0,
      launchUs: 0,
      queuedUs: 0,
      unknownUs: 5,
      breaks: 1,
    },
  ]);
  expect(gaps.idleBeforeUs).toEqual([[5]]);
});
