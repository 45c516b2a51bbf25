// A field phone in Node, written from the protocol's description alone: signs in over HTTP, connects with a
// cursor, issues and acknowledges with ids it keeps, resumes after its own death.
// Arguments: URL, login, password, device, file of the cursor ("" keeps none). Input, one JSON line each:
//   ["act", id, action]  ["die"]  ["close"]        Output, one JSON line each: [what, …]
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { io } from "socket.io-client";
import parser from "socket.io-msgpack-parser";

const [url, login, password, device, kept] = process.argv.slice(2);
const tell = (...seen) => process.stdout.write(JSON.stringify(seen) + "\n");

const answer = await fetch(`${url}/api/login`, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ login, password, device, want_token: true }),
});
const { token, unit } = await answer.json();
tell("signed in", answer.status, unit);

let cursor = kept && existsSync(kept) ? JSON.parse(readFileSync(kept, "utf8")) : null;
const reach = (changes) => {
  cursor = { ...cursor, ...changes };
  if (kept) writeFileSync(kept, JSON.stringify(cursor));
};

const socket = io(url, {
  transports: ["websocket"],
  parser,
  reconnectionDelay: 50,
  reconnectionDelayMax: 300,
  auth: (give) => give({ token, device, cursor }),
});
socket.on("connect_error", (error) => tell("refused", error.data ?? null));
socket.on("disconnect", (reason) => tell("disconnected", reason));
socket.on("welcome", ({ log, unit, resumed }) => tell("welcome", log, unit, resumed));
socket.on("reset", ({ epoch, seq, scope, view }) => {
  reach({ epoch, seq, scope });
  tell("reset", seq, Object.keys(view.commands));
});
socket.on("entry", ({ seq, events }) => {
  if (seq <= cursor.seq) return tell("double", seq);
  reach({ seq });
  tell("entry", seq, events.map(([type]) => type));
});
socket.on("head", ({ seq }) => {
  if (seq > cursor.seq) reach({ seq });
  tell("head", seq);
});
socket.on("cut", ({ code, retry }) => tell("cut", code, retry));

// an action keeps its id until it is answered, over any number of connections
const act = async (id, action) => {
  for (;;) {
    try {
      const answered = await socket.timeout(2000).emitWithAck("act", { id, do: action });
      if (!answered.error?.retry) return tell("answer", id, answered);
      await new Promise((resolve) => setTimeout(resolve, answered.error.after ?? 200));
    } catch {
      // no answer in time: ask again
    }
  }
};

for await (const line of createInterface({ input: process.stdin })) {
  const [what, id, action] = JSON.parse(line);
  if (what === "act") void act(id, action);
  else if (what === "die") process.kill(process.pid, "SIGKILL");
  else break;
}
socket.close();
process.exit(0);
