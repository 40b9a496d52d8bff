// Drives rpc_echo_server with gRPC's JavaScript library: node calls.js ADDRESS [CA [CERTIFICATE KEY]]
// Messages are plain bytes (tests/support/rpc/echo_methods.h). Exits with 0 where all is as promised.
'use strict';
const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const grpc = require('@grpc/grpc-js');

const [address, ...files] = process.argv.slice(2);
const [ca, certificate, key] = files.map((file) => fs.readFileSync(file));
const credentials = ca ? grpc.credentials.createSsl(ca, key || null, certificate || null)
  : grpc.credentials.createInsecure();
const same = (bytes) => bytes;

function method(name, requestStream, responseStream) {
  return {
    path: '/test.Echo/' + name, requestStream, responseStream,
    requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same,
  };
}

const Client = grpc.makeClientConstructor({
  one: method('One', false, false), many: method('Many', true, true),
  count: method('Count', false, true), sum: method('Sum', true, false),
  wait: method('Wait', false, false), fail: method('Fail', false, false),
  state: method('State', false, false), none: method('None', false, false),
}, 'Echo');
const client = new Client(address, credentials, {
  'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1,
});

const deadline = (seconds) => ({ deadline: Date.now() + seconds * 1000 });

function unary(name, message = Buffer.alloc(0), metadata = new grpc.Metadata(), options = deadline(60)) {
  return new Promise((resolve, reject) => client[name](message, metadata, options,
    (error, answer) => (error ? reject(error) : resolve(answer))));
}

async function state() {
  const lines = (await unary('state')).toString().trim().split('\n');
  return Object.fromEntries(lines.map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]));
}

async function until(condition) {
  for (const end = Date.now() + 60000; !(await condition());) {
    assert(Date.now() < end, 'waited in vain: ' + condition);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const tests = {
  async messagesOfAnySize() {
    for (const size of [0, 1, 16384, 65536, 1 << 20, 16 << 20]) {
      const message = crypto.randomBytes(size);
      assert(message.equals(await unary('one', message)));
    }
  },

  async manyAtOnce() {
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, i) => unary('one', Buffer.from(String(i)))));
    answers.forEach((answer, i) => assert.strictEqual(answer.toString(), String(i)));
  },

  async streamsBothWays() {
    const call = client.many(deadline(60));
    for (let i = 0; i < 300; i++) call.write(Buffer.alloc(i, i));
    call.end();
    let i = 0;
    for await (const answer of call) assert(answer.equals(Buffer.alloc(i, i++)));
    assert.strictEqual(i, 300);
  },

  async clientStream() {
    const sum = await new Promise((resolve, reject) => {
      const call = client.sum(deadline(60), (error, answer) => (error ? reject(error) : resolve(answer)));
      for (let i = 0; i < 1000; i++) call.write(Buffer.alloc(1000));
      call.end();
    });
    assert.strictEqual(sum.toString(), '1000000');
  },

  async slowReader() {
    const call = client.count(Buffer.from('2000 10000'), deadline(60));
    let i = 0;
    for await (const message of call) {
      assert.strictEqual(parseInt(message.subarray(0, 20).toString(), 10), i++);
      if (i % 500 === 0) assert(Number((await state()).buffered) < 1 << 20);
    }
    assert.strictEqual(i, 2000);
  },

  async deadlineOfTheClient() {
    await assert.rejects(unary('wait', undefined, undefined, deadline(0.1)),
      { code: grpc.status.DEADLINE_EXCEEDED });
    await until(async () => (await state()).waiting === '0');
  },

  async cancel() {
    const call = client.wait(Buffer.alloc(0), () => {});
    await until(async () => (await state()).waiting === '1');
    call.cancel();
    await until(async () => (await state()).waiting === '0');
  },

  async unknownMethod() {
    await assert.rejects(unary('none'), { code: grpc.status.UNIMPLEMENTED });
  },

  async statusMessageAndTrailers() {
    const metadata = new grpc.Metadata();
    metadata.set('x-status', '9');
    metadata.set('x-echo', 'back again');
    const text = '100 % — é中😀';
    await assert.rejects(unary('fail', Buffer.from(text), metadata), (error) => {
      assert.strictEqual(error.code, grpc.status.FAILED_PRECONDITION);
      assert.strictEqual(error.details, text);
      assert.deepStrictEqual(error.metadata.get('x-echo'), ['back again']);
      return true;
    });
  },
};

(async () => {
  for (const [name, test] of Object.entries(tests)) {
    await test().catch((error) => { throw new Error(name, { cause: error }); });
  }
  client.close();
})().catch((error) => { console.error(error); process.exit(1); });
