/** By which names a server that listens on an address may be asked. */
import { hostname, networkInterfaces } from "node:os";

const LOOPBACK: readonly string[] = ["127.0.0.1", "localhost", "[::1]"];
/** Every interface of the machine. */
const ANY = new Set(["0.0.0.0", "::", "::0"]);

export const isLoopback = (host: string) =>
  host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);

export const bracketed = (host: string) => (host.includes(":") ? `[${host}]` : host);

/** In lower case, IPv6 in brackets, as `Host` has them. */
export function hostNames(host: string): Set<string> {
  const names = [...LOOPBACK, bracketed(host)];
  if (ANY.has(host)) names.push(hostname(), `${hostname()}.local`, ...addresses().map(bracketed));
  return new Set(names.map((name) => name.toLowerCase()));
}

/** A name to open: one that listens everywhere has none of its own. */
export function nameToOpen(host: string): string {
  return ANY.has(host) ? (addresses()[0] ?? "127.0.0.1") : host;
}

/** Of this machine, without loopback; IPv4 first. */
function addresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter(({ internal }) => !internal)
    .sort((a, b) => (a.family < b.family ? -1 : a.family > b.family ? 1 : 0))
    .map(({ address }) => address.replace(/%.*$/, ""));
}
