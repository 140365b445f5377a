import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { UserError } from "../../src/base/errors.ts";
import { readOnnx } from "../../src/onnx/read.ts";

const latin1 = (text: string) => new Uint8Array(Buffer.from(text.padEnd(64, "\0"), "latin1"));
const text = (t: string) => new TextEncoder().encode(t);

test.each<[string, Uint8Array]>([
  ["a web page", text("<!DOCTYPE html><html><head><title>404</title></head></html>")],
  ["an XML file", text("<?xml version='1.0'?><net></net>")],
  ["a JSON file", text('{"model": "resnet18", "layers": []}')],
  [
    'a text file ("Not Found: the file has moved")',
    text("Not Found: the file has moved\nfor good"),
  ],
  [
    "a Git LFS pointer, not the file itself",
    text("version https://git-lfs.github.com/spec/v1\noid sha256:aa"),
  ],
  [
    "a PyTorch checkpoint (.pt, .pth)",
    latin1("PK\x03\x04\0\0\b\b\0\0\0\0\0\0\0\0archive/data.pkl"),
  ],
  ["a zip archive", latin1("PK\x03\x04\0\0\b\b\0\0\0\0\0\0\0\0photos/cat.jpg")],
  ["a Python pickle, as older PyTorch writes", latin1("\x80\x02\x8a\x0alFc")],
  [
    "a safetensors file: weights without a network",
    latin1('\x40\0\0\0\0\0\0\0{"w":{"dtype":"F32"'),
  ],
  ["an HDF5 file, as Keras writes", latin1("\x89HDF\r\n\x1a\n")],
  ["a TensorFlow Lite model", latin1("\x1c\0\0\0TFL3")],
  ["gzip data", new Uint8Array(gzipSync("x".repeat(100)))],
  ["a NumPy array", latin1("\x93NUMPY\x01\0")],
])("%s", (what, bytes) => {
  let error: unknown;
  try {
    readOnnx(bytes, { name: "net.onnx" });
  } catch (e) {
    error = e;
  }
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toBe(`net.onnx: this is ${what}, no ONNX model`);
  expect((error as UserError).hint).toBeDefined();
});
