/**
 * The first pass over a serialized model: checks every length, wire type and nesting against the
 * schema, says where a file is damaged, and takes the weights out.
 *
 * What remains, the skeleton, is small whatever the model weighs and is decoded by the generated
 * bindings. In it, a tensor's `raw_data` holds the index of its payload (4 bytes, little-endian) and
 * its other data fields are gone. So weights are never copied, and a hostile file cannot make a few
 * bytes into much memory (a packed int64 of one byte would become a bigint of 32).
 */
import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import { UserError } from "../base/errors.ts";
import { TensorProtoSchema } from "./generated/onnx_pb.ts";
import { GrowingBuffer } from "./growing-buffer.ts";
import { countVarints, LooseSegment, type Segment } from "./segment.ts";
import { type ByteSource, Cursor } from "./source.ts";

/** Messages within messages; 32 levels of control flow take 96. */
export const MAX_DEPTH = 120;
/** The largest exported networks have some 10^5 nodes, each of some ten messages. */
const MAX_MESSAGES = 4_000_000;
const MAX_ELEMENTS = 40_000_000;
const MAX_SKELETON_BYTES = 256 * 2 ** 20;
/** Names have some hundred characters at most; many of them are put together from others. */
const MAX_NAME_BYTES = 1 << 16;
/** Payloads up to this size are copied out of a file at once; larger ones wait to be asked for. */
const EAGER_BYTES = 4096;

export type PayloadField =
  | "raw_data"
  | "float_data"
  | "int32_data"
  | "int64_data"
  | "double_data"
  | "uint64_data";

/** The elements of one tensor, by the field that holds them; packed, in order. */
export type Payload = ReadonlyMap<PayloadField, readonly Segment[]>;

export interface Skeleton {
  readonly bytes: Uint8Array;
  readonly payloads: readonly Payload[];
  /** Fields that the schema does not have; they are left out. */
  readonly unknownFields: number;
}

interface Rule {
  readonly name: string;
  readonly repeated: boolean;
  readonly message: DescMessage | undefined;
  /** Wire type of one element. */
  readonly wire: WireType;
  readonly packable: boolean;
  readonly payload: PayloadField | undefined;
  /** Prose, which exporters fill with stack traces. */
  readonly drop: boolean;
  readonly text: boolean;
}

const RAW_DATA_FIELD = 9;
const NAMES = new Set(["name", "input", "output", "op_type", "domain", "key", "ref_attr_name"]);
const rules = new WeakMap<DescMessage, ReadonlyMap<number, Rule>>();

function rulesOf(desc: DescMessage): ReadonlyMap<number, Rule> {
  let map = rules.get(desc);
  if (map === undefined) {
    map = new Map(desc.fields.map((field) => [field.number, ruleOf(desc, field)]));
    rules.set(desc, map);
  }
  return map;
}

function ruleOf(desc: DescMessage, field: DescField): Rule {
  const scalar =
    field.fieldKind === "scalar" || (field.fieldKind === "list" && field.listKind === "scalar")
      ? field.scalar
      : undefined;
  const wire = wireTypeOf(field, scalar);
  const payload =
    desc.typeName === TensorProtoSchema.typeName &&
    field.name.endsWith("_data") &&
    field.name !== "string_data" &&
    field.name !== "external_data";
  return {
    name: field.name,
    repeated: field.fieldKind === "list",
    message: field.message,
    wire,
    packable: field.fieldKind === "list" && wire !== WireType.LengthDelimited,
    payload: payload ? (field.name as PayloadField) : undefined,
    drop: field.name === "doc_string",
    text: scalar === ScalarType.STRING,
  };
}

function wireTypeOf(field: DescField, scalar: ScalarType | undefined): WireType {
  if (field.message !== undefined) return WireType.LengthDelimited;
  if (scalar === ScalarType.STRING || scalar === ScalarType.BYTES) return WireType.LengthDelimited;
  if (scalar === ScalarType.FLOAT) return WireType.Bit32;
  if (scalar === ScalarType.DOUBLE) return WireType.Bit64;
  return WireType.Varint;
}

/**
 * @param desc the message that the whole source is
 * @param name of the model, for messages
 * @throws UserError naming the byte and the field where the source stops being such a message
 */
export function scan(source: ByteSource, desc: DescMessage, name: string): Skeleton {
  return new Scanner(source, name).run(desc);
}

class Scanner {
  readonly #source: ByteSource;
  readonly #name: string;
  readonly #cursor: Cursor;
  readonly #out = new GrowingBuffer();
  readonly #payloads: Payload[] = [];
  /** Field names and indices from the root to here, for messages. */
  readonly #path: (string | number)[] = [];
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true });
  #messages = 0;
  #elements = 0;
  #unknownFields = 0;

  constructor(source: ByteSource, name: string) {
    this.#source = source;
    this.#name = name;
    this.#cursor = new Cursor(source);
  }

  run(desc: DescMessage): Skeleton {
    this.#message(desc, this.#source.size, 1);
    return {
      bytes: this.#out.finish(),
      payloads: this.#payloads,
      unknownFields: this.#unknownFields,
    };
  }

  #message(desc: DescMessage, end: number, depth: number): void {
    if (depth > MAX_DEPTH) throw this.#damaged(`nested more than ${MAX_DEPTH} messages deep`);
    if (++this.#messages > MAX_MESSAGES)
      throw this.#damaged(`more than ${MAX_MESSAGES} parts`, "split the model");
    const fields = rulesOf(desc);
    const cursor = this.#cursor;
    let payload: Map<PayloadField, Segment[]> | undefined;
    let counts: Map<number, number> | undefined;
    while (cursor.position < end) {
      const tag = this.#varint(end);
      const wire: WireType = tag % 8;
      const number = Math.floor(tag / 8);
      const rule = fields.get(number);
      if (number === 0 || number >= 2 ** 29) throw this.#damaged(`field number ${number}`);
      if (rule === undefined) {
        this.#skip(wire, end, number);
        this.#unknownFields++;
        continue;
      }
      if (++this.#elements > MAX_ELEMENTS)
        throw this.#damaged(`more than ${MAX_ELEMENTS} fields`, "split the model");
      if (wire !== rule.wire && !(rule.packable && wire === WireType.LengthDelimited))
        throw this.#damaged(`${rule.name} has wire type ${wire}, expected ${rule.wire}`);
      if (rule.payload !== undefined) {
        payload ??= new Map();
        this.#payload(rule, rule.payload, wire, end, payload);
      } else if (rule.message !== undefined) {
        const length = this.#length(end, rule.name);
        let index = -1;
        if (rule.repeated) {
          counts ??= new Map();
          index = counts.get(number) ?? 0;
          counts.set(number, index + 1);
        }
        this.#path.push(rule.name, index);
        this.#out.tag(number, WireType.LengthDelimited);
        const hole = this.#out.reserveLength();
        this.#message(rule.message, cursor.position + length, depth + 1);
        this.#out.fillLength(hole);
        this.#path.length -= 2;
      } else this.#scalar(rule, number, wire, end);
    }
    if (payload !== undefined) {
      this.#out.tag(RAW_DATA_FIELD, WireType.LengthDelimited);
      this.#out.index(this.#payloads.length);
      this.#payloads.push(payload);
    }
  }

  #scalar(rule: Rule, number: number, wire: WireType, end: number): void {
    const out = this.#out;
    if (wire === WireType.LengthDelimited) {
      const length = this.#length(end, rule.name);
      if (rule.drop) {
        this.#cursor.position += length;
        return;
      }
      const bytes = this.#cursor.take(length);
      if (rule.packable) {
        this.#elements += this.#checkPacked(rule, bytes);
        if (this.#elements > MAX_ELEMENTS) throw this.#damaged(`more than ${MAX_ELEMENTS} fields`);
      } else if (rule.text) this.#checkText(rule, bytes);
      if (length > MAX_NAME_BYTES && NAMES.has(rule.name))
        throw this.#damaged(`${rule.name} has ${length} bytes, at most ${MAX_NAME_BYTES}`);
      this.#checkSize(length);
      out.tag(number, wire);
      out.length(length);
      out.append(bytes);
      return;
    }
    this.#checkSize(16);
    out.tag(number, wire);
    const start = this.#cursor.position;
    if (wire === WireType.Varint) {
      for (;;) {
        if (this.#cursor.position >= end || this.#cursor.position - start >= 10)
          throw this.#damaged(`${rule.name} has a number without an end`);
        const byte = this.#cursor.byte();
        out.byte(byte);
        if (byte < 0x80) return;
      }
    }
    const width = wire === WireType.Bit32 ? 4 : 8;
    if (end - start < width)
      throw this.#damaged(`${rule.name} needs ${width} bytes, ${end - start} are left`);
    out.append(this.#cursor.take(width));
  }

  #payload(
    rule: Rule,
    field: PayloadField,
    wire: WireType,
    end: number,
    payload: Map<PayloadField, Segment[]>,
  ): void {
    const cursor = this.#cursor;
    let segments = payload.get(field);
    // Of a field that is not repeated the last one counts, as protobuf has it.
    if (segments === undefined || !rule.repeated) {
      segments = [];
      payload.set(field, segments);
    }
    if (wire === WireType.LengthDelimited) {
      const length = this.#length(end, rule.name);
      const offset = cursor.position;
      if (length === 0 && rule.repeated) return;
      const eager = this.#source.lazy && length <= EAGER_BYTES;
      segments.push(
        eager ? { offset, length, bytes: cursor.take(length).slice() } : { offset, length },
      );
      cursor.position = offset + length;
      if (segments.length > 1 << 20)
        throw this.#damaged(`${rule.name} is in more than 2^20 pieces`);
      return;
    }
    // Elements one by one, each with a tag: gathered so that they are packed like any other.
    const offset = cursor.position;
    const last = segments.at(-1);
    const loose = last instanceof LooseSegment ? last : new LooseSegment(offset);
    if (loose !== last) segments.push(loose);
    if (wire !== WireType.Varint) {
      const width = wire === WireType.Bit32 ? 4 : 8;
      if (end - offset < width)
        throw this.#damaged(`${rule.name} needs ${width} bytes, ${end - offset} are left`);
      loose.append(cursor.take(width));
      return;
    }
    for (;;) {
      if (cursor.position >= end || cursor.position - offset >= 10)
        throw this.#damaged(`${rule.name} has a number without an end`);
      const byte = cursor.byte();
      loose.append([byte]);
      if (byte < 0x80) return;
    }
  }

  /** Elements of a packed field; throws where they do not fill it exactly. */
  #checkPacked(rule: Rule, bytes: Uint8Array): number {
    if (rule.wire === WireType.Varint) {
      const count = countVarints(bytes);
      if (count === undefined) throw this.#damaged(`${rule.name} has a number without an end`);
      return count;
    }
    const width = rule.wire === WireType.Bit32 ? 4 : 8;
    if (bytes.length % width !== 0)
      throw this.#damaged(`${rule.name} is ${bytes.length} bytes, no multiple of ${width}`);
    return bytes.length / width;
  }

  #checkText(rule: Rule, bytes: Uint8Array): void {
    if (bytes.every((b) => b < 0x80)) return;
    try {
      this.#utf8.decode(bytes);
    } catch (cause) {
      throw this.#damaged(`${rule.name} is no UTF-8 text`, undefined, cause);
    }
  }

  #checkSize(more: number): void {
    if (this.#out.size + more > MAX_SKELETON_BYTES)
      throw this.#damaged(
        `more than ${MAX_SKELETON_BYTES / 2 ** 20} MB besides its weights`,
        "store large constants as tensors' raw data",
      );
  }

  #skip(wire: WireType, end: number, number: number): void {
    if (wire === WireType.Varint) {
      this.#varint(end);
      return;
    }
    let length: number;
    if (wire === WireType.LengthDelimited) length = this.#length(end, `unknown field ${number}`);
    else if (wire === WireType.Bit32) length = 4;
    else if (wire === WireType.Bit64) length = 8;
    else throw this.#damaged(`field ${number} has wire type ${wire}, which ONNX does not use`);
    if (this.#cursor.position + length > end)
      throw this.#damaged(
        `field ${number} needs ${length} bytes, ${end - this.#cursor.position} are left`,
      );
    this.#cursor.position += length;
  }

  #length(end: number, field: string): number {
    const length = this.#varint(end);
    const left = end - this.#cursor.position;
    if (length > left)
      throw this.#damaged(
        `${field} is said to have ${length} bytes, ${left} are left`,
        "the file may be truncated: compare its size with the original",
      );
    return length;
  }

  /** A tag or length, exact up to 2^53. */
  #varint(end: number): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (this.#cursor.position >= end) break;
      const byte = this.#cursor.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw this.#damaged("a number without an end");
  }

  #damaged(what: string, hint?: string, cause?: unknown): UserError {
    let path = "";
    for (let i = 0; i < this.#path.length; i += 2) {
      const index = this.#path[i + 1]!;
      path += `${i === 0 ? "" : "."}${this.#path[i]!}${index === -1 ? "" : `[${index}]`}`;
    }
    return new UserError(
      `${this.#name}: no valid ONNX at byte ${this.#cursor.position} of ${this.#source.size}, ${path === "" ? "at the top" : `in ${path}`}: ${what}`,
      {
        hint: hint ?? "the file is damaged or no ONNX model: fetch or export it again",
        cause,
      },
    );
  }
}
