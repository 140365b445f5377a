/**
 * Failures of the machine under a study: a full disk, a folder that may not be written. They say
 * nothing of a design. The study stops, the trials under way stay open, and resuming asks for them
 * again once the machine is mended.
 */
import { UserError } from "../base/errors.ts";

export class EnvironmentFault extends UserError {
  readonly remedy: string;

  constructor(message: string, remedy: string, cause?: unknown) {
    super(message, {
      hint: `${remedy}, then \`tidemark resume\`: it goes on from what is stored and trained`,
      exitCode: 1,
      cause,
    });
    this.remedy = remedy;
  }
}

const SPACE = "make room there";
const FILES = "close other programs or raise the limit of open files (ulimit -n)";
const RIGHTS = "allow reading and writing there";
const LOAD = "end other processes or raise the limits of the system";
const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: SPACE,
  EDQUOT: SPACE,
  EROFS: RIGHTS,
  EACCES: RIGHTS,
  EPERM: RIGHTS,
  EMFILE: FILES,
  ENFILE: FILES,
  EAGAIN: LOAD,
  ENOMEM: LOAD,
  EIO: "check the disk",
};

/** What Node says where a process cannot be started; by then the code is in the text alone. */
const NOT_STARTED = /\bspawn\b.* (E[A-Z]+)\b/;

/** The fault that an error is, by its system code or that of its causes; undefined where it is none. */
export function faultOf(error: unknown): EnvironmentFault | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof EnvironmentFault) return error;
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const code = (at as NodeJS.ErrnoException).code ?? NOT_STARTED.exec(at.message)?.[1];
    const remedy = code === undefined ? undefined : REMEDIES[code];
    if (remedy !== undefined) return new EnvironmentFault(error.message, remedy, error);
  }
  return undefined;
}

/** Work on the study's own files: whatever fails there fails for every design. */
export function onOwnFiles<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    throw new EnvironmentFault(
      `${what}: ${message}`,
      REMEDIES[code] ?? "put the folder of the study's files right",
      error,
    );
  }
}
