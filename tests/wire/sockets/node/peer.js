// Connects as the web application does, carries out the script on stdin and prints one JSON line per thing seen.
// Arguments: URL, auth as JSON ("undefined": none). Input: one JSON line per request,
// ["call", event, argument], ["emit", event, argument] or ["close"].
import { createInterface } from "node:readline";
import { io } from "socket.io-client";
import parser from "socket.io-msgpack-parser";

const [url, auth] = process.argv.slice(2);
const tell = (...seen) => process.stdout.write(JSON.stringify(seen) + "\n");

const socket = io(url, {
  transports: ["websocket"],
  parser,
  reconnection: false,
  ...(auth === "undefined" ? {} : { auth: JSON.parse(auth) }),
});
socket.on("connect", () => tell("connect"));
socket.on("connect_error", (error) => tell("connect_error", error.data ?? null, error.message));
socket.on("disconnect", (reason) => tell("disconnect", reason));
socket.onAny((event, argument) => tell("event", event, argument));

for await (const line of createInterface({ input: process.stdin })) {
  const [what, event, argument] = JSON.parse(line);
  if (what === "call") socket.emit(event, argument, (answer) => tell("answer", answer));
  else if (what === "emit") socket.emit(event, argument);
  else break;
}
socket.close();
process.exit(0);
