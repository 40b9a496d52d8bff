// Drives a site_server with gRPC's JavaScript library and the project's own .proto files:
// node jobs.js PROTO_FOLDER ADDRESS SLOWNESS (tests/e2e/slowness.py). Exits with 0 where all is as promised.
'use strict';
const assert = require('node:assert');
const crypto = require('node:crypto');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const [folder, address, slow] = process.argv.slice(2);
const slowness = Number(slow);
const deadlineS = 60 * slowness;
const api = grpc.loadPackageDefinition(loader.loadSync('bailiff/v1/executor.proto', {
  keepCase: true, includeDirs: [folder], enums: String, longs: Number, oneofs: true, defaults: true,
})).bailiff.v1;
const options = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
const jobs = new api.Executor(address, grpc.credentials.createInsecure(), options);
const files = new api.Files(address, grpc.credentials.createInsecure(), options);
const deadline = (seconds = deadlineS) => ({ deadline: Date.now() + seconds * 1000 });

function unary(client, name, message, within = deadlineS) {
  return new Promise((resolve, reject) => client[name](message, deadline(within),
    (error, answer) => (error ? reject(error) : resolve(answer))));
}

function shell(script, more = {}) {
  return { steps: [{ name: 's', commands: [{ argv: ['/bin/sh', '-c', script], ...more }] }] };
}

function put(data) {
  return new Promise((resolve, reject) => {
    const call = files.Put(deadline(), (error, info) => (error ? reject(error) : resolve(info)));
    call.write({ sha256: crypto.createHash('sha256').update(data).digest(), size_bytes: data.length });
    for (let at = 0; at < data.length; at += 1 << 20) call.write({ data: data.subarray(at, at + (1 << 20)) });
    call.end();
  });
}

async function refuses(code, promise) {
  await assert.rejects(promise, (error) => error.code === code || assert.fail(String(error)));
}

async function idle() {
  for (const end = Date.now() + deadlineS * 1000; ;) {
    if ((await unary(jobs, 'Status', {})).slots.used === 0) return;
    assert(Date.now() < end, 'a slot stays in use');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const limits = { cpu_time_ns: 300e6 * slowness, wall_time_ns: 60e9, memory_bytes: 32 << 20, stdout_bytes: 65536 };
const verdicts = {
  OK: 'exit 0', RUNTIME_ERROR: 'exit 5', SIGNALED: 'kill -SEGV $$', WALL_TIME_LIMIT: 'exec sleep 100',
  MEMORY_LIMIT: 'x=aaaaaaaa; while :; do x=$x$x; done',
  OUTPUT_LIMIT: 'while :; do echo aaaaaaaaaaaaaaaaaaaaaaa; done',
};

const tests = {
  async everyVerdict() {
    for (const [verdict, script] of Object.entries(verdicts)) {
      const own = verdict === 'WALL_TIME_LIMIT' ? { ...limits, wall_time_ns: 400e6 } : limits;
      const answer = await unary(jobs, 'Run', shell(script, { limits: own }));
      assert.equal(answer.cases[0].commands[0].verdict, 'VERDICT_' + verdict);
    }
  },

  async eventsInOrder() {
    const job = { ...shell('cat', { stdout: { return_bytes: 10 } }) };
    job.steps[0].cases = Array.from({ length: 50 }, (_, i) => ({ input: { inline: Buffer.from(String(i)) } }));
    let number = 0;
    const kinds = [];
    for await (const event of jobs.Watch(job, deadline())) {
      assert.equal(event.number, number++);
      kinds.push(event.what);
      if (event.what === 'case_ended') {
        assert.equal(event.case_ended.commands[0].stdout.data.toString(), String(event.case_ended.case));
      }
    }
    assert.deepEqual(kinds, ['queued', 'started', ...Array(50).fill('case_ended'), 'step_ended', 'done']);
  },

  async filesBothWays() {
    const data = crypto.randomBytes(5 << 20);
    const info = await put(data);
    assert.equal(info.size_bytes, data.length);
    const pieces = [];
    for await (const piece of files.Get({ sha256: info.sha256 }, deadline())) pieces.push(piece.data);
    assert(data.equals(Buffer.concat(pieces)));
    const answer = await unary(jobs, 'Run', shell('wc -c < data', {
      stdout: { return_bytes: 10 }, inputs: [{ name: 'data', file: { sha256: info.sha256 } }] }));
    assert.equal(answer.cases[0].commands[0].stdout.data.toString().trim(), String(data.length));
  },

  async sixteenMebibytes() {
    const inline = crypto.randomBytes((16 << 20) - 300);
    const answer = await unary(jobs, 'Run', shell('wc -c < data', {
      stdout: { return_bytes: 10 }, inputs: [{ name: 'data', file: { inline } }] }));
    assert.equal(answer.cases[0].commands[0].stdout.data.toString().trim(), String(inline.length));
  },

  async deadlineAndCancel() {
    await refuses(grpc.status.DEADLINE_EXCEEDED, unary(jobs, 'Run', shell('exec sleep 1000'), 0.3));
    await idle();
    const call = jobs.Watch(shell('exec sleep 1000'), deadline());
    const ended = new Promise((resolve) => call.on('error', resolve));
    call.on('data', (event) => event.what === 'started' && call.cancel());
    assert.equal((await ended).code, grpc.status.CANCELLED);
    await idle();
  },

  async refusals() {
    await refuses(grpc.status.INVALID_ARGUMENT, unary(jobs, 'Run', {}));
    await refuses(grpc.status.NOT_FOUND, unary(jobs, 'Result', { id: 'nosuch' }));
    await refuses(grpc.status.FAILED_PRECONDITION, unary(jobs, 'Run', shell('', { profile: 'nosuch' })));
  },
};

(async () => {
  for (const [name, test] of Object.entries(tests)) {
    try {
      await test();
    } catch (error) {
      console.error(name + ': ' + (error.stack || error));
      process.exitCode = 1;
    }
  }
  jobs.close();
  files.close();
})();
