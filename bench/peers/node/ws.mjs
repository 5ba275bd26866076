// Rooms on node with the `ws` package: one `send` for each member. Run as `node ws.mjs PORT`.

import { createServer } from 'node:http'
import { WebSocketServer } from 'ws'
import { roomOf, saying } from './room.mjs'

const rooms = new Map()
const http = createServer()
const server = new WebSocketServer({ server: http, perMessageDeflate: false })

server.on('connection', (socket, request) => {
  const name = roomOf(request.url)
  if (!rooms.has(name)) rooms.set(name, { members: new Set(), said: saying() })
  const room = rooms.get(name)
  room.members.add(socket)
  socket.on('message', (data) => {
    const payload = JSON.stringify(room.said(JSON.parse(data)))
    for (const member of room.members) member.send(payload)
  })
  socket.on('close', () => room.members.delete(socket))
})

http.listen(Number(process.argv[2]), '127.0.0.1', 4096)
