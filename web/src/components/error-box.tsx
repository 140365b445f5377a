/** What is wrong and what to do about it. */
import type { ApiError } from "../../../src/server/api/types.ts";

/** Of an address that names a study otherwise than by its number. */
export const noStudy = (part: string): ApiError => ({
  message: `no study '${part}'`,
  hint: "the address takes its number",
});

export const ErrorBox = ({ error }: { readonly error: ApiError }) => (
  <div class="error" role="alert">
    <strong>{error.message}</strong>
    {error.hint !== undefined && <p>{error.hint}</p>}
  </div>
);
