import { UserError } from "../../base/errors.ts";

/** A table of measured designs has no networks; it may have the number itself as a column. */
export function noNetworks(objective: string, kind: string, orElse = ""): UserError {
  return new UserError(`objective '${objective}' (${kind}) needs a space of networks`, {
    hint: `use a nasbench201, zoo or morphism space${orElse}`,
    exitCode: 2,
  });
}
