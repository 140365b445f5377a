/** What a request got wrong, with the HTTP status that says so. */
import { UserError } from "../base/errors.ts";

export type Status = 400 | 403 | 404 | 409 | 413 | 415;

export class RequestFault extends UserError {
  readonly status: Status;

  constructor(status: Status, message: string, hint?: string) {
    super(message, { exitCode: 2, ...(hint !== undefined && { hint }) });
    this.status = status;
  }
}

/** Of any user error: what names nothing is not found; anything else is the store's state. */
export function statusOf(error: UserError): Status {
  if (error instanceof RequestFault) return error.status;
  return /^no (study|store) /.test(error.message) ? 404 : 409;
}
