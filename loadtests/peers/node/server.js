// Socket.IO's own server from npm, with the msgpack parser: everyone is let in; an `act` is acknowledged, and emitted to
// all as one entry when it brings a body. Argument "recovery": with connection state recovery. Prints its port.
import { createServer } from "node:http";
import { Server } from "socket.io";
import parser from "socket.io-msgpack-parser";

const http = createServer();
const recovery = process.argv[2] === "recovery" ? { connectionStateRecovery: { skipMiddlewares: true } } : {};
const io = new Server(http, { parser, transports: ["websocket"], serveClient: false, ...recovery });
let seq = 0;
io.on("connection", (socket) => {
  socket.on("act", (action, acknowledge) => {
    seq += 1;
    const { body } = action.do;
    if (body) io.emit("entry", { seq, at: 0, actor: "somebody", events: [["Said", { body }]] });
    acknowledge({ seq, at: 0 });
  });
});
http.listen(0, "127.0.0.1", 4096, () => console.log(http.address().port));
