import { serve, type ToWorker } from "./serve";

const handle = serve((message) => self.postMessage(message));
self.addEventListener("message", (event: MessageEvent<ToWorker>) => handle(event.data));
