/** OpenAPI 3.1 of the API, from its zod schemas. */
import { z } from "zod";
import * as schemas from "./schemas.ts";

const COMPONENTS = {
  StudyList: schemas.studyList,
  StudyDetail: schemas.studyDetail,
  TrialDetail: schemas.trialDetail,
  Devices: schemas.devices,
  StoreEvent: schemas.storeEvent,
  StartRequest: schemas.startRequest,
  ResumeRequest: schemas.resumeRequest,
  NoteRequest: schemas.noteRequest,
  Started: schemas.started,
  Stopping: schemas.stopping,
  ApiError: schemas.apiError,
} as const satisfies Readonly<Record<string, z.ZodType>>;

type Component = keyof typeof COMPONENTS;

interface Operation {
  readonly summary: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Component;
  readonly status?: 200 | 201 | 202;
  /** What comes back: a component as JSON, or bytes of a type. */
  readonly gives: Component | { readonly type: string; readonly what: string };
}

const bytes = (what: string) => ({ type: "application/octet-stream", what });

export const OPERATIONS: Readonly<
  Record<string, Readonly<Partial<Record<"get" | "post" | "patch", Operation>>>>
> = {
  "/api/studies": {
    get: { summary: "the studies of the store", gives: "StudyList" },
    post: { summary: "start a study", body: "StartRequest", status: 201, gives: "Started" },
  },
  "/api/studies/{id}": {
    get: { summary: "one study", gives: "StudyDetail" },
    patch: { summary: "set its note", body: "NoteRequest", gives: "NoteRequest" },
  },
  "/api/studies/{id}/stop": {
    post: { summary: "tell its process to stop", status: 202, gives: "Stopping" },
  },
  "/api/studies/{id}/resume": {
    post: { summary: "go on", body: "ResumeRequest", status: 202, gives: "Started" },
  },
  "/api/studies/{id}/trials": {
    get: {
      summary: "its trials by column",
      query: { from: "first trial; default 0" },
      gives: bytes("src/server/api/columns.ts describes the bytes"),
    },
  },
  "/api/studies/{id}/trials/{n}": { get: { summary: "one trial", gives: "TrialDetail" } },
  "/api/studies/{id}/trials/{n}/network": {
    get: {
      summary: "its network; floating-point tensors of more than 1024 bytes are left out",
      gives: bytes("ONNX"),
    },
  },
  "/api/devices": { get: { summary: "devices to predict on", gives: "Devices" } },
  "/api/events": {
    get: {
      summary: "what changes, as server-sent events; the data of each is a StoreEvent",
      gives: { type: "text/event-stream", what: "StoreEvent as JSON" },
    },
  },
};

const ref = (name: Component) => ({ $ref: `#/components/schemas/${name}` });
const asJson = (name: Component) => ({ "application/json": { schema: ref(name) } });

export function openApi(): object {
  return {
    openapi: "3.1.0",
    info: {
      title: "Tidemark",
      version: "1",
      description: "The API of `tidemark serve`, over one store of studies.",
    },
    paths: Object.fromEntries(
      Object.entries(OPERATIONS).map(([path, methods]) => [
        path,
        Object.fromEntries(
          Object.entries(methods).map(([method, it]) => [method, operation(path, it)]),
        ),
      ]),
    ),
    components: {
      schemas: Object.fromEntries(
        Object.entries(COMPONENTS).map(([name, schema]) => [name, jsonSchema(schema)]),
      ),
    },
  };
}

function operation(path: string, { summary, query = {}, body, status = 200, gives }: Operation) {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "integer", minimum: 0 },
  }));
  const inQuery = Object.entries(query).map(([name, description]) => ({
    name,
    in: "query",
    description,
    schema: { type: "integer", minimum: 0 },
  }));
  const answer =
    typeof gives === "string"
      ? { description: summary, content: asJson(gives) }
      : { description: gives.what, content: { [gives.type]: { schema: { type: "string" } } } };
  return {
    summary,
    ...(inPath.length + inQuery.length > 0 && { parameters: [...inPath, ...inQuery] }),
    ...(body !== undefined && { requestBody: { required: true, content: asJson(body) } }),
    responses: {
      [status]: answer,
      default: { description: "what is wrong, and what to do", content: asJson("ApiError") },
    },
  };
}

/** `readOnly` is zod's word for TypeScript's; in OpenAPI it has another meaning. */
function jsonSchema(schema: z.ZodType): object {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    override: ({ jsonSchema }) => {
      delete jsonSchema.readOnly;
    },
  });
  return rest;
}
