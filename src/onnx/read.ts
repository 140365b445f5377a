/** Reads a serialized model. Pure: files are opened in `file.ts`. */
import { fromBinary } from "@bufbuild/protobuf";
import { UserError } from "../base/errors.ts";
import { checkGraph } from "../graph/check.ts";
import type { Graph } from "../graph/types.ts";
import type { ExternalFiles, ReadContext } from "./context.ts";
import { FreeDims } from "./free-dims.ts";
import { type FunctionProto, type ModelProto, ModelProtoSchema } from "./generated/onnx_pb.ts";
import { functionKey, GraphReader, plainDomain } from "./read-graph.ts";
import { MAX_DEPTH, scan } from "./scan.ts";
import { describeBytes } from "./sniff.ts";
import { type ByteSource, memorySource } from "./source.ts";

/** Versions of ONNX's own operator set whose semantics were checked. */
export const OPSETS = { oldest: 13, newest: 24 } as const;

/** What a file holds beside the network. */
export interface OnnxModel {
  readonly graph: Graph;
  /** What was odd or left out, one sentence each; for stderr. */
  readonly warnings: readonly string[];
  readonly irVersion: number;
  /** Who wrote it, e.g. `pytorch 1.13.1`; "" where the file does not say. */
  readonly producer: string;
}

export interface ReadOptions {
  /** For messages, e.g. the file's path. Default `model`. */
  readonly name?: string;
  /**
   * Gives the file of tensors stored outside the model. Without it their bytes cannot be asked for;
   * everything else can.
   */
  readonly external?: ExternalFiles;
}

/**
 * Reads a model from memory. Weights are views on `bytes`.
 *
 * @throws UserError where the bytes are no valid model: what, where, both values
 */
export function readOnnx(bytes: Uint8Array, options: ReadOptions = {}): OnnxModel {
  return readSource(memorySource(bytes), options);
}

export function readSource(source: ByteSource, options: ReadOptions): OnnxModel {
  const name = options.name ?? "model";
  if (source.size === 0)
    throw new UserError(`${name}: the file is empty (0 bytes)`, { hint: "fetch it again" });
  const head = source.read(0, Math.min(source.size, 512));
  let model: ModelProto;
  let context: ReadContext;
  const warnings = new Set<string>();
  const freeDims = new FreeDims();
  try {
    const skeleton = scan(source, ModelProtoSchema, name);
    model = fromBinary(ModelProtoSchema, skeleton.bytes, { recursionLimit: MAX_DEPTH + 1 });
    context = {
      name,
      source,
      payloads: skeleton.payloads,
      external: options.external,
      warn: (message) => warnings.add(message),
      freeDim: (value, axis) => freeDims.symbol(value, axis),
    };
    if (skeleton.unknownFields > 0)
      context.warn(
        `${skeleton.unknownFields} fields are unknown to ONNX 1.23 and were left out: a newer format?`,
      );
  } catch (error) {
    const looksLike = describeBytes(head);
    if (looksLike !== undefined)
      throw new UserError(`${name}: this is ${looksLike.what}, no ONNX model`, {
        hint: looksLike.hint,
        cause: error,
      });
    throw error;
  }
  if (model.graph === undefined)
    throw new UserError(
      `${name}: no graph in it (${source.size} bytes${describeBytes(head) ? `, ${describeBytes(head)!.what}` : ""})`,
      { hint: "give an ONNX model file" },
    );
  const reader = new GraphReader(context, functionsOf(model, context), opsetsOf(model, context));
  const metadata = Object.fromEntries(model.metadataProps.map((p) => [p.key, p.value]));
  const graph = reader.read(model.graph, metadata);
  checkGraph(graph, name);
  if (model.trainingInfo.length > 0)
    context.warn("training information is left out: Tidemark reads the inference graph");
  return {
    graph,
    warnings: abridge([...warnings]),
    irVersion: Number(model.irVersion),
    producer: `${model.producerName} ${model.producerVersion}`.trim(),
  };
}

/** More would bury what matters. */
const MAX_WARNINGS = 20;

function abridge(warnings: readonly string[]): readonly string[] {
  if (warnings.length <= MAX_WARNINGS) return warnings;
  const rest = warnings.length - MAX_WARNINGS;
  return [...warnings.slice(0, MAX_WARNINGS), `and ${rest} more of this kind`];
}

function opsetsOf(model: ModelProto, context: ReadContext): ReadonlyMap<string, number> {
  const out = new Map<string, number>();
  const add = (domain: string, version: bigint) => {
    const key = plainDomain(domain);
    const n = Number(version);
    if (version < 0n || !Number.isSafeInteger(n))
      throw new UserError(
        `${context.name}: operator set ${key === "" ? "ai.onnx" : key} has version ${version}`,
        { hint: "the file is damaged: export the model again" },
      );
    out.set(key, Math.max(out.get(key) ?? 0, n));
  };
  for (const set of model.opsetImport) add(set.domain, set.version);
  // A function's domains that the model itself does not use.
  for (const f of model.functions)
    for (const set of f.opsetImport) {
      const own = out.get(plainDomain(set.domain));
      if (own === undefined) add(set.domain, set.version);
      else if (own !== Number(set.version))
        context.warn(
          `function ${f.name} uses version ${set.version} of operator set ${set.domain || "ai.onnx"}, the model ${own}; read as ${own}`,
        );
    }
  const version = out.get("");
  if (version === undefined) {
    context.warn("no version of ONNX's operator set is given; read as version 1");
    out.set("", 1);
  } else if (version < OPSETS.oldest || version > OPSETS.newest)
    context.warn(
      `operator set ${version} is ${version < OPSETS.oldest ? "older" : "newer"} than ${OPSETS.oldest} to ${OPSETS.newest}, which Tidemark knows; tried all the same`,
    );
  return out;
}

function functionsOf(model: ModelProto, context: ReadContext): ReadonlyMap<string, FunctionProto> {
  const out = new Map<string, FunctionProto>();
  for (const f of model.functions) {
    const key = functionKey(plainDomain(f.domain), f.name, f.overload);
    if (out.has(key))
      throw new UserError(`${context.name}: two functions are named ${key}`, {
        hint: "the file is damaged: export the model again",
      });
    out.set(key, f);
  }
  return out;
}
