/** The devices whose time can be predicted, as their files say. */
import { Hono } from "hono";
import { listDevices } from "../../study/index.ts";
import type { Env } from "../app.ts";

export const devices = new Hono<Env>();

devices.get("/", (c) => c.json(listDevices()));
