/** Zero-cost proxies by name. */
import { UserError } from "../../base/errors.ts";
import { suggest } from "../../base/suggest.ts";
import type { Graph } from "../../graph/types.ts";
import { proxyContext } from "./context.ts";
import { gradNorm } from "./grad-norm.ts";
import { jacobCov } from "./jacob-cov.ts";
import { nwot } from "./nwot.ts";
import { params } from "./params.ts";
import { snip } from "./snip.ts";
import { synflow } from "./synflow.ts";
import type { ProxyOptions, ZeroCostProxy } from "./types.ts";

export { PROXY_BATCH, proxyBatch } from "./batch.ts";
export type { ProxyBatch, ProxyContext, ProxyOptions, ZeroCostProxy } from "./types.ts";

export const PROXIES: ReadonlyMap<string, ZeroCostProxy> = new Map(
  [synflow, gradNorm, jacobCov, snip, nwot, params].map((proxy) => [proxy.name, proxy]),
);

export const proxyNames: readonly string[] = [...PROXIES.keys()];

/**
 * Scores a network by several proxies, which share what they can. The same network, batch, seed and
 * one thread give the same bits.
 *
 * @returns score by the proxy's name; more is better
 * @throws UserError for an unknown proxy, a network that is no classifier of the batch's images, or
 *   an operator without a gradient
 */
export async function proxyScores(
  network: Graph,
  names: readonly string[],
  options: ProxyOptions,
): Promise<Record<string, number>> {
  const proxies = names.map(proxyNamed);
  const context = proxyContext(network, options);
  const scores: Record<string, number> = {};
  for (const proxy of proxies) scores[proxy.name] = await proxy.score(context);
  return scores;
}

/** @throws UserError where there is no such proxy */
export function proxyNamed(name: string): ZeroCostProxy {
  const proxy = PROXIES.get(name);
  if (proxy !== undefined) return proxy;
  const meant = suggest(name, proxyNames);
  throw new UserError(`no zero-cost proxy is named ${name}; there are ${proxyNames.join(", ")}`, {
    hint: meant === undefined ? "name one of them" : `did you mean ${meant}?`,
    exitCode: 2,
  });
}
