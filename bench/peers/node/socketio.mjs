// Rooms on socket.io as its guide writes them: `socket.join(room)` and `io.to(room).emit(…)`. Run as
// `node socketio.mjs PORT`.

import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { roomOf, saying } from './room.mjs'

const http = createServer()
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, serveClient: false })
const saids = new Map()

io.on('connection', (socket) => {
  const name = roomOf(socket.request.url)
  if (!saids.has(name)) saids.set(name, saying())
  const said = saids.get(name)
  socket.join(name)
  socket.on('say', (say) => io.to(name).emit('said', said(say)))
})

http.listen(Number(process.argv[2]), '127.0.0.1', 4096)
