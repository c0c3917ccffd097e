import "katex/dist/katex.min.css";
import { render } from "preact";
import { App } from "./shell/app";
import "./style/base.css";
import "./style/shell.css";
import "./style/parts.css";
import "./style/rooms.css";
import { stayOffline } from "./stay-offline";

render(<App />, document.getElementById("app")!);
// Not where sources are served as they change.
if (import.meta.env.MODE === "production") stayOffline();
