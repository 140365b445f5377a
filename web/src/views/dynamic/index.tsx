export default function View() {
  return <p class="muted">Being built.</p>;
}
