/**
 * How much network there is, in one number that does not reward distorting it: the mean over the
 * layers of how wide each is beside the original's, width being the geometric mean of its channels
 * coming in and going out,
 *
 *   C = sum over layers l of  w_l sqrt(n_l / n_l0),
 *   w_l = (macs_l0 / sum macs_0 + n_l0 / sum n_0) / 2
 *
 * n_l: elements of the layer's filters or matrix. Early layers hold most of the MACs and late ones
 * most of the weights; each counts by its share of both. Roots are concave: widening one layer pays
 * less the further it goes, and doubling one while another is halved loses. To first order C grows as
 * half of what MACs and parameters do, so if time were in proportion to either, without steps, the
 * original's own widths would be the best for its time. What C gains is what the hardware gives.
 */
import type { SizedLaunch } from "./launch.ts";

export class Capacity {
  readonly #shares: readonly number[];
  readonly #weights: readonly number[];

  /** @param launches of the network as it is */
  constructor(launches: readonly Pick<SizedLaunch, "macs" | "weights">[]) {
    const layers = launches.filter((l) => l.weights > 0);
    const macs = layers.reduce((sum, l) => sum + l.macs, 0);
    const weights = layers.reduce((sum, l) => sum + l.weights, 0);
    this.#shares = launches.map((l) =>
      l.weights > 0 ? (l.macs / macs + l.weights / weights) / 2 : 0,
    );
    this.#weights = launches.map((l) => l.weights);
  }

  /** What a launch with that many weights adds to C. */
  of(launch: number, weights: number): number {
    const share = this.#shares[launch]!;
    return share === 0 ? 0 : share * Math.sqrt(weights / this.#weights[launch]!);
  }
}
