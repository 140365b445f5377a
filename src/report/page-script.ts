import { existsSync, readFileSync } from "node:fs";
import { UserError } from "../base/errors.ts";

/**
 * The page's bundle as the build left it: beside this module in dist/, or in the dist/ of the
 * checkout when this runs from source.
 *
 * @throws UserError where it was not built
 */
export function pageScript(): string {
  const places = ["./page.js", "../../dist/report/page.js"].map((p) => new URL(p, import.meta.url));
  const found = places.find((place) => existsSync(place));
  if (!found)
    throw new UserError(`the report's page is not built: no ${places[0]!.pathname}`, {
      hint: "run `npm run build`",
    });
  return readFileSync(found, "utf8");
}
