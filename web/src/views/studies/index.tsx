/** The list of studies. */
import { hashOf } from "../../router.ts";
import { list } from "../../state/live.ts";

export default function Studies() {
  const found = list.value;
  if (found === undefined) return <p class="muted">Reading the store…</p>;
  return (
    <section class="panel">
      <h1>Studies in {found.store}</h1>
      <table class="rows">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">State</th>
            <th scope="col" class="number">
              Trials
            </th>
            <th scope="col">Space</th>
            <th scope="col">Begun</th>
          </tr>
        </thead>
        <tbody>
          {found.studies.map((study) => (
            <tr key={study.id}>
              <td>
                <a href={hashOf({ path: ["studies", String(study.id)], query: {} })}>
                  {study.name}
                </a>
              </td>
              <td>{study.state}</td>
              <td class="number">{study.trials.toLocaleString("en")}</td>
              <td>{study.space}</td>
              <td>{study.createdAt}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
