export type { Board, Contradiction } from "./board.ts";
export type { DeviceTimeline } from "./gaps.ts";
export {
  MEASURED_LIMITERS,
  type MeasuredKernel,
  type MeasuredLimiter,
  type MeasuredProfile,
  measuredProfile,
} from "./measured.ts";
export { PROFILE_FORMATS, type ProfileFormat, ProfileReader, type ReadProfile } from "./reader.ts";
export type { Skip } from "./recording.ts";
