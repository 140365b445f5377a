/** A request's body, checked. */
import type { Context } from "hono";
import { z } from "zod";
import { RequestFault } from "./api-error.ts";

/**
 * @throws RequestFault where the body is not JSON, or not what the schema asks for. A form of another
 *   site could send other types without being asked: only JSON is read.
 */
export async function bodyOf<S extends z.ZodType>(c: Context, schema: S): Promise<z.infer<S>> {
  const type = c.req.header("content-type") ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type))
    throw new RequestFault(
      415,
      `the body is ${type === "" ? "of no type" : type}`,
      "send application/json",
    );
  let value: unknown;
  try {
    value = await c.req.json();
  } catch (error) {
    // A body that is too long is told by whoever counts it.
    if (!(error instanceof SyntaxError)) throw error;
    throw new RequestFault(400, "the body is not JSON");
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new RequestFault(
    400,
    `the request is wrong: ${z.prettifyError(parsed.error)}`,
    "/api/openapi.json describes it",
  );
}
