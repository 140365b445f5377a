/** The learning-rate schedules by name. */
import { chosen } from "../check.ts";
import { constant } from "./constant.ts";
import { cosine } from "./cosine.ts";
import { oneCycle } from "./one-cycle.ts";
import type { Schedule, ScheduleOptions } from "./types.ts";

const SCHEDULES = { constant, cosine, "one-cycle": oneCycle } satisfies Record<
  ScheduleOptions["name"],
  (options: never) => Schedule
>;

export const scheduleNames = Object.keys(SCHEDULES) as readonly ScheduleOptions["name"][];

/** @throws UserError for an unknown name or settings out of range */
export function schedule(options: ScheduleOptions): Schedule {
  const make = chosen("schedule", SCHEDULES, options.name);
  return (make as (options: ScheduleOptions) => Schedule)(options);
}
