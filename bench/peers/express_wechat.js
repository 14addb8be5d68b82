// npm `wechat` on express, answering each event with an encrypted text; it stores nothing.
const express = require('express')
const wechat = require('wechat')

const { BENCH_TOKEN: token, BENCH_APPID: appid, BENCH_AES_KEY: encodingAESKey, PORT } = process.env
const app = express()
app.use('/wechat', wechat({ token, appid, encodingAESKey, checkSignature: true }, (request, answer) => {
  answer.reply('欢迎来到禾木集')
}))
app.get('/up', (request, answer) => answer.send('ok'))
app.listen(Number(PORT), '127.0.0.1')
