/** Where decoded data sets are kept. */
import { homedir } from "node:os";
import { join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `TIDEMARK_CACHE`, else `tidemark` in the user's cache folder (`XDG_CACHE_HOME` or ~/.cache;
 * ~/Library/Caches; %LOCALAPPDATA%), and in it `datasets`.
 */
export function datasetCacheFolder(
  environment: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const folder = environment.TIDEMARK_CACHE || join(userCache(environment, platform), "tidemark");
  return join(folder, "datasets");
}

function userCache(environment: Environment, platform: NodeJS.Platform): string {
  // The XDG specification: relative paths are invalid and to be ignored.
  const xdg = environment.XDG_CACHE_HOME;
  if (xdg?.startsWith("/")) return xdg;
  const home = environment.HOME || homedir();
  if (platform === "win32") return environment.LOCALAPPDATA || join(home, "AppData", "Local");
  if (platform === "darwin") return join(home, "Library", "Caches");
  return join(home, ".cache");
}
