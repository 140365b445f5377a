/** What the server's JSON says, for both ends: derived from the schemas. */
import type { z } from "zod";
import type * as schemas from "./schemas.ts";

type Of<K extends keyof typeof schemas> = (typeof schemas)[K] extends z.ZodType
  ? z.infer<(typeof schemas)[K]>
  : never;

export type StudyState = Of<"studyState">;
export type Goal = Of<"goal">;
export type ObjectiveInfo = Of<"objectiveInfo">;
export type ConstraintInfo = Of<"constraintInfo">;
/** A study in the list. */
export type StudyRow = Of<"studyRow">;
export type StudyList = Of<"studyList">;
export type StudyDetail = Of<"studyDetail">;
export type TrialDetail = Of<"trialDetail">;
/** Of the event stream: what changed, not the data itself. */
export type StoreEvent = Of<"storeEvent">;
export type ApiError = Of<"apiError">;
export type StartRequest = Of<"startRequest">;
export type ResumeRequest = Of<"resumeRequest">;
export type NoteRequest = Of<"noteRequest">;
export type Started = Of<"started">;
export type Stopping = Of<"stopping">;
