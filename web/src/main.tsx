import { render } from "preact";
import "./theme.css";
import { App } from "./app.tsx";

render(<App />, document.getElementById("app")!);
