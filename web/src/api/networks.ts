/** Which trials' networks can be opened here. */
import type { StudyDetail } from "../../../src/server/api/types.ts";

/** A server builds each; an exported page has only some. */
export function hasNetwork(
  { networks, exportedNetworks }: Pick<StudyDetail, "networks" | "exportedNetworks">,
  trial: number,
): boolean {
  return networks && (exportedNetworks?.includes(trial) ?? true);
}
