/** What is wrong and what to do about it. */
import type { ApiError } from "../../../src/server/api/types.ts";

export const ErrorBox = ({ error }: { readonly error: ApiError }) => (
  <div class="error" role="alert">
    <strong>{error.message}</strong>
    {error.hint !== undefined && <p>{error.hint}</p>}
  </div>
);
