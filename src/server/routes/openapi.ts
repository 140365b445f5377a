/** The API's own description, OpenAPI 3.1. */
import { Hono } from "hono";
import { openApi } from "../api/openapi.ts";
import type { Env } from "../app.ts";

export const openapi = new Hono<Env>();

openapi.get("/", (c) => c.json(openApi()));
