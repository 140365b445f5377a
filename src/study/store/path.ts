/** Where the store lies. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The store's path: `flag`, else `TIDEMARK_STORE`, else `tidemark/studies.db` in the user's data
 * folder (`XDG_DATA_HOME` or ~/.local/share; ~/Library/Application Support; %LOCALAPPDATA%).
 */
export function storePath(
  flag?: string,
  environment: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const chosen = flag || environment.TIDEMARK_STORE;
  if (chosen) return resolve(chosen);
  return join(dataFolder(environment, platform), "tidemark", "studies.db");
}

function dataFolder(environment: Environment, platform: NodeJS.Platform): string {
  // The XDG specification: relative paths are invalid and to be ignored.
  const xdg = environment.XDG_DATA_HOME;
  if (xdg?.startsWith("/")) return xdg;
  const home = environment.HOME || homedir();
  if (platform === "win32") return environment.LOCALAPPDATA || join(home, "AppData", "Local");
  if (platform === "darwin") return join(home, "Library", "Application Support");
  return join(home, ".local", "share");
}
