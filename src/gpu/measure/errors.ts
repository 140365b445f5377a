import { UserError } from "../../base/errors.ts";

/** A buffer does not fit on the GPU; the caller may try again with less. */
export class OutOfGpuMemory extends UserError {}
