// Socket.IO's own server from npm, with the msgpack parser: everyone is let in; an `act` is emitted to all as one entry.
// Prints its port.
import { createServer } from "node:http";
import { Server } from "socket.io";
import parser from "socket.io-msgpack-parser";

const http = createServer();
const io = new Server(http, { parser, transports: ["websocket"], serveClient: false });
let seq = 0;
io.on("connection", (socket) => {
  socket.on("act", (action, acknowledge) => {
    seq += 1;
    const entry = { seq, at: 0, actor: "somebody", events: [["Said", { body: action.do.body }]] };
    io.emit("entry", entry);
    acknowledge({ seq, at: 0 });
  });
});
http.listen(0, "127.0.0.1", 4096, () => console.log(http.address().port));
