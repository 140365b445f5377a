/** Asking for something, and what is wrong where it does not come. */
import type { ApiError } from "../../../src/server/api/types.ts";

/** What was said to be wrong; the page shows message and hint. */
export class RequestError extends Error {
  readonly hint: string | undefined;
  /** HTTP status; 0: no answer. */
  readonly status: number;

  constructor(error: ApiError, status: number) {
    super(error.message);
    this.name = "RequestError";
    this.hint = error.hint;
    this.status = status;
  }
}

/** @throws RequestError where there is no answer, or one that is not 2xx */
export async function request(path: string, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new RequestError(
      { message: "the server does not answer", hint: "see whether `tidemark serve` still runs" },
      0,
    );
  }
  if (response.ok) return response;
  const error = await response
    .json()
    .catch(() => ({ message: `the server said ${response.status} to ${path}` }));
  throw new RequestError(error as ApiError, response.status);
}

export const json = async <T>(path: string, init?: RequestInit): Promise<T> =>
  (await request(path, init)).json() as Promise<T>;

export const bytes = async (path: string): Promise<ArrayBuffer> =>
  (await request(path)).arrayBuffer();
