import { readFileSync } from "node:fs";
import type { Device } from "../../../src/gpu/device.ts";
import {
  type MeasuredKernel,
  type MeasuredProfile,
  measuredProfile,
  ProfileReader,
} from "../../../src/gpu/profiles/index.ts";

export function sample(name: string): string {
  return readFileSync(new URL(`../../data/gpu/profiles/${name}`, import.meta.url), "utf8");
}

/** Reads a profile in pieces of `piece` bytes. */
export function readText(text: string, piece = 1 << 20) {
  const bytes = new TextEncoder().encode(text);
  const reader = new ProfileReader("profile");
  for (let at = 0; at < bytes.length; at += piece) reader.push(bytes.subarray(at, at + piece));
  return reader.end();
}

export function measured(text: string, device?: Device): MeasuredProfile {
  return measuredProfile(readText(text), device);
}

export function kernelNamed(profile: MeasuredProfile, part: string): MeasuredKernel {
  const found = profile.kernels.filter((k) => k.name.includes(part));
  if (found.length !== 1) throw new Error(`${found.length} kernels hold '${part}'`);
  return found[0]!;
}
