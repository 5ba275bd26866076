// What both servers on node send for a message: chatd's own `said`, numbered from a counter and kept nowhere.

export function roomOf(url) {
  return new URL(url, 'http://localhost').searchParams.get('room') ?? 'lobby'
}

export function saying() {
  let seq = 0
  return ({ text, key }) => ({
    type: 'said',
    room: 1,
    seq: ++seq,
    at: Date.now(),
    from: { id: 1, name: 'm1', kind: 'guest' },
    text,
    key,
  })
}
