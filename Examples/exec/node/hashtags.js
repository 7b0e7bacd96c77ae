// Writes down the hashtags of tweets. Up to 16 tweets are in hand at once, and each is answered for when its own are written.
const { appendFile } = require('node:fs/promises')
const { createInterface } = require('node:readline')

async function outcome(event) {
  const tweet = event.data?.message?.tweet
  if (tweet === undefined) return { status: 'rejected', reason: 'it is no tweet' }
  // Large numbers, as in "id", are rounded by JSON.parse.
  const lines = tweet.entities.hashtags.map(({ text }) => `${tweet.id_str} ${text}\n`)
  await appendFile('hashtags.txt', lines.join(''))
  return { status: 'done' }
}

createInterface({ input: process.stdin }).on('line', async (line) => {
  const event = JSON.parse(line)
  const answer = await outcome(event).catch((error) => ({ status: 'failed', reason: String(error) }))
  process.stdout.write(JSON.stringify({ seq: event.seq, ...answer }) + '\n')
})
