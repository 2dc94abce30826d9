// Runs dynalite for the process that started this one: serve.js FOLDER PORT, "" for
// tables in memory, 0 for a free port of 127.0.0.1, which is the first line of the
// output. It ends when its input does, so it never outlives the one that holds the
// other end.
'use strict'

const oldest = 20
if (Number(process.versions.node.split('.')[0]) < oldest) {
  console.error(`Node.js ${oldest} or newer is needed, this is ${process.versions.node}`)
  process.exit(1)
}

const path = process.argv[2] || undefined // undefined keeps the tables in memory
const port = Number(process.argv[3])

function fail(err) {
  console.error(err.cause ? `${err.message}: ${err.cause.message}` : err.message)
  process.exit(1)
}

// tryFolder fails if the folder cannot be used, such as when another server
// does: dynalite would find out when the first call comes, and crash.
async function tryFolder() {
  if (!path) return
  const { Level } = require('level')
  const db = new Level(path)
  await db.open()
  await db.close()
}

// outlive keeps dynalite from ending when a client does in the middle of a
// request: it throws what goes wrong with one.
function outlive(req) {
  const on = req.on
  req.on = (event, listener) => on.call(req, event, event === 'error' ? () => {} : listener)
}

function serve() {
  const server = require('dynalite')({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
  server.keepAliveTimeout = 60_000 // longer than a client's pool keeps a connection unused between two tests
  server.on('error', fail)
  server.prependListener('request', outlive)
  server.listen(port, '127.0.0.1', () => console.log(server.address().port))

  const patience = 2000
  process.stdin.resume()
  process.stdin.on('end', () => {
    setTimeout(() => process.exit(1), patience).unref()
    server.close(() => process.exit(0))
    server.closeAllConnections()
  })
}

tryFolder().then(serve).catch(fail)
