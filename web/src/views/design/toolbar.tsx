/** Above the graph: what colours it, search, folding, zoom. */
import { setQuery } from "../../router.ts";
import { COSTS } from "./costs.ts";
import { SearchBox } from "./search-box.tsx";
import { cost } from "./settings.ts";
import { fitAll, zoomBy } from "./viewport.ts";

export const Toolbar = () => (
  <>
    <label>
      Colour{" "}
      <select
        value={cost.value.id}
        onChange={({ currentTarget }) => setQuery({ cost: currentTarget.value })}
      >
        {COSTS.map(({ id, label }) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </select>
    </label>
    <SearchBox />
    <span class="tools">
      <button type="button" onClick={() => setQuery({ open: "all" })}>
        Open all
      </button>
      <button type="button" onClick={() => setQuery({ open: "none" })}>
        Fold all
      </button>
      <button type="button" onClick={fitAll}>
        Fit
      </button>
      <button type="button" aria-label="Zoom in" onClick={() => zoomBy(1.25)}>
        +
      </button>
      <button type="button" aria-label="Zoom out" onClick={() => zoomBy(0.8)}>
        −
      </button>
    </span>
  </>
);
