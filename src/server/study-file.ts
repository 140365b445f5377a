/**
 * A study file that came through the browser: checked as one from a disk is, but it may name no files.
 * A path from outside would let whoever can post a study read, and by `module` run, what the user can.
 */

import { UserError } from "../base/errors.ts";
import { parseSpecText, type StudySpec } from "../study/index.ts";
import { RequestFault } from "./api-error.ts";

/**
 * The study; its name is the one that it will have, unless it is taken.
 *
 * @throws RequestFault where the text is no study, or names a file
 */
export function studyInText(text: string): StudySpec {
  try {
    return parseSpecText(text, "study.yaml", (path) => {
      throw new RequestFault(
        400,
        `the study names the file '${path}': one that is started here may name none`,
        "run it in a terminal: `tidemark explore FILE`",
      );
    });
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof RequestFault) throw error;
    throw new RequestFault(400, error.message, error.hint);
  }
}
