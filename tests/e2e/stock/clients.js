// clients.js PLACE - tries a bailiffd with gRPC's JavaScript library, as any user has it: cases.json.
// The same cases as clients.py, under the same names; PLACE and what is printed as told there.
'use strict';
const assert = require('node:assert');
const crypto = require('node:crypto');
const fs = require('node:fs');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

const place = JSON.parse(fs.readFileSync(process.argv[2]));
const plan = JSON.parse(fs.readFileSync(place.plan));
const api = grpc.loadPackageDefinition(loader.loadSync('bailiff/v1/executor.proto', {
  keepCase: true, includeDirs: [place.proto], enums: String, longs: Number, oneofs: true, defaults: true,
})).bailiff.v1;
const verdictsKnown = loader.loadSync('bailiff/v1/result.proto', { includeDirs: [place.proto] })[
  'bailiff.v1.Verdict'].type.value.map((value) => value.name);
const options = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };
const deadline = (seconds = 60) => ({ deadline: Date.now() + seconds * 1000 });
const status = grpc.status;
const long = 'exec sleep 1000';
const same = (bytes) => bytes;

async function until(condition, what) {
  for (const end = Date.now() + 60000; ;) {
    const value = await condition();
    if (value) return value;
    assert(Date.now() < end, 'waited in vain: ' + what);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

// One connection in the way that PLACE tells; `changes` are for those who must not come in.
class Stock {
  constructor(changes = {}) {
    const where = { ...place, ...changes };
    const read = (name) => (where[name] ? fs.readFileSync(where[name]) : null);
    const credentials = where.authority
      ? grpc.credentials.createSsl(read('authority'), read('key'), read('certificate'))
      : grpc.credentials.createInsecure();
    this.channel = new grpc.Channel(where.address, credentials, options);
    const shared = { ...options, channelOverride: this.channel };
    this.jobs = new api.Executor(where.address, credentials, shared);
    this.files = new api.Files(where.address, credentials, shared);
    this.plain = new grpc.Client(where.address, credentials, shared);
    this.metadata = new grpc.Metadata();
    if (where.token) this.metadata.set('authorization', 'Bearer ' + where.token);
  }

  unary(name, message, seconds = 60, service = this.jobs) {
    return new Promise((resolve, reject) => service[name](message, this.metadata, deadline(seconds),
      (error, answer) => (error ? reject(error) : resolve(answer))));
  }

  run(job, seconds) { return this.unary('Run', job, seconds); }

  watch(job, seconds = 60) { return new Events(this.jobs.Watch(job, this.metadata, deadline(seconds))); }

  status() { return this.unary('Status', {}); }

  put(data) {
    return new Promise((resolve, reject) => {
      const call = this.files.Put(this.metadata, deadline(),
        (error, info) => (error ? reject(error) : resolve(info)));
      call.write({ sha256: crypto.createHash('sha256').update(data).digest(), size_bytes: data.length });
      for (let at = 0; at < data.length; at += 1 << 20) call.write({ data: data.subarray(at, at + (1 << 20)) });
      call.end();
    });
  }

  async get(request) {
    const pieces = [];
    for await (const piece of this.files.Get(request, this.metadata, deadline())) pieces.push(piece.data);
    return Buffer.concat(pieces);
  }

  // Bytes there, bytes back.
  raw(method, message) {
    return new Promise((resolve, reject) => this.plain.makeUnaryRequest(method, same, same, message,
      this.metadata, deadline(), (error, answer) => (error ? reject(error) : resolve(answer))));
  }

  rawStream(method, message) {
    return new Promise((resolve, reject) => {
      const call = this.plain.makeBidiStreamRequest(method, same, same, this.metadata, deadline());
      call.on('error', reject);
      call.on('data', (answer) => { resolve(answer); call.end(); });
      call.write(message);
    });
  }

  idle() {
    return until(async () => {
      const now = await this.status();
      return now.slots.used === 0 && now.queue.used === 0;
    }, 'slots and queue to be empty');
  }

  close() { this.channel.close(); }
}

// The events of a call, one by one; then its end.
class Events {
  constructor(call) {
    this.call = call;
    this.list = call[Symbol.asyncIterator]();
  }

  async next() {
    const { value, done } = await this.list.next();
    return done ? null : value;
  }

  async until(what) {
    for (let event; (event = await this.next());) if (event.what === what) return event;
    assert.fail('no event ' + what);
  }

  async rest() {
    const events = [];
    for (let event; (event = await this.next());) events.push(event);
    return events;
  }

  cancel() { this.call.cancel(); }
}

function endsWith(code, promise) {
  return promise.then((answer) => assert.fail(`${JSON.stringify(answer)} instead of ${status[code]}`), (error) => {
    if (error.code !== code) throw error;
    return error;
  });
}

const one = (command) => ({ steps: [{ name: 's', commands: [command] }] });
const shell = (script, more = {}) => one({ argv: ['/bin/sh', '-c', script], ...more });
const withCases = (job, cases) => ({ ...job, steps: [{ ...job.steps[0], cases }] });

function children(pid) {
  try {
    return fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'ascii').split(' ').filter(Boolean);
  } catch {
    return [];
  }
}

const descendants = (pid) => children(pid).flatMap((child) => [child, ...descendants(child)]);

function named(pid, program) {
  return descendants(pid).filter((child) => {
    try {
      return fs.readFileSync(`/proc/${child}/cmdline`).includes(program);
    } catch {
      return false;
    }
  }).length;
}

// The first process of the sandbox in which a program of that name runs.
function initOf(program) {
  return until(() => {
    const [warden] = children(place.pid);
    return warden && descendants(warden).find((pid) => named(pid, program) > 0);
  }, 'the program');
}

const cases = {
  async credentials(client) {
    const { tenants } = await client.status();
    assert.deepEqual(tenants.length ? tenants.map((tenant) => tenant.name) : [place.tenant], [place.tenant]);
    for (const changes of place.refused) {
      const stranger = new Stock(changes.with);
      await endsWith(status[changes.status], stranger.status());
      stranger.close();
    }
    await client.status();
  },

  async health_and_reflection(client) {
    assert.deepEqual(await client.raw('/grpc.health.v1.Health/Check', Buffer.alloc(0)), Buffer.from([8, 1]));
    for (const service of ['bailiff.v1.Executor', 'bailiff.v1.Files']) {
      assert((await client.rawStream('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
        Buffer.from([0x3a, 0]))).includes(service));
    }
  },

  async every_verdict(client) {
    assert.deepEqual(['VERDICT_UNSPECIFIED', ...Object.keys(plan.verdicts).map((name) => 'VERDICT_' + name)].sort(),
      [...verdictsKnown].sort());
    const outcomes = { OK: 'PASSED', CANCELLED: 'CANCELLED', SANDBOX_ERROR: 'ERROR' };
    for (const [name, command] of Object.entries(plan.verdicts)) {
      const events = client.watch(one(command));
      const first = await events.next();
      if (name === 'CANCELLED') {
        await events.until('started');
        await client.unary('Cancel', { id: first.job_id });
      } else if (name === 'SANDBOX_ERROR') {
        process.kill(await initOf('sleep'), 'SIGKILL');
      }
      const ended = (await events.until('case_ended')).case_ended;
      const { done } = await events.until('done');
      assert.equal(ended.commands[0].verdict, 'VERDICT_' + name);
      assert.equal(ended.outcome, 'OUTCOME_' + (outcomes[name] || 'FAILED'), name);
      assert.equal(done.outcome, ended.outcome);
    }
  },

  async sixteen_mebibytes(client) {
    const largest = 16 << 20;
    const file = { inline: crypto.randomBytes(largest - 200) };
    const wanted = shell('wc -c < data', { stdout: { return_bytes: 20 }, inputs: [{ name: 'data', file }] });
    const size = () => api.Executor.service.Run.requestSerialize(wanted).length;
    file.inline = Buffer.concat([file.inline, Buffer.alloc(largest - size())]);
    assert.equal(size(), largest);
    const answer = await client.run(wanted);
    assert.equal(Number(answer.cases[0].commands[0].stdout.data), file.inline.length);
    file.inline = Buffer.concat([file.inline, Buffer.alloc(1)]);
    await endsWith(status.INVALID_ARGUMENT, client.run(wanted));
    file.inline = Buffer.concat([file.inline, Buffer.alloc(2 << 20)]);
    await endsWith(status.RESOURCE_EXHAUSTED, client.run(wanted));
    // The other way: four cases of 3 MiB in one answer.
    const bytes = (3 << 20) - 4096;
    const large = await client.run(withCases(
      shell(`head -c ${bytes} /dev/zero`, { stdout: { return_bytes: bytes } }), [{}, {}, {}, {}]));
    assert.deepEqual(large.cases.map((ended) => ended.commands[0].stdout.data.length), Array(4).fill(bytes));
  },

  async two_thousand_results(client) {
    const wanted = withCases(plan.many, Array.from({ length: 2000 }, (_, i) => ({ name: String(i) })));
    const events = await client.watch({ ...plan.many, ...wanted }, 300).rest();
    assert.deepEqual(events.map((event) => event.number), Array.from({ length: 2004 }, (_, i) => i));
    const ended = events.filter((event) => event.what === 'case_ended').map((event) => event.case_ended);
    assert.equal(new Set(ended.map((one) => one.case)).size, 2000);
    for (const one of ended) assert.deepEqual([one.case_name, one.outcome], [String(one.case), 'OUTCOME_PASSED']);
    assert.equal(events.at(-1).done.counts.passed, 2000);
  },

  async files_both_ways(client) {
    const data = crypto.randomBytes(5 << 20);
    const info = await client.put(data);
    assert.deepEqual([info.size_bytes, info.was_there], [data.length, false]);
    assert.equal((await client.put(data)).was_there, true);
    assert(data.equals(await client.get({ sha256: info.sha256 })));
    assert(data.subarray(1000, 1010).equals(await client.get({ sha256: info.sha256, offset: 1000, length: 10 })));
    const answer = await client.run(shell('wc -c < data', {
      stdout: { return_bytes: 20 }, inputs: [{ name: 'data', file: { sha256: info.sha256 } }] }));
    assert.equal(Number(answer.cases[0].commands[0].stdout.data), data.length);
  },

  async deadline(client) {
    await endsWith(status.DEADLINE_EXCEEDED, client.run(shell(long), 0.4));
    await endsWith(status.DEADLINE_EXCEEDED, client.watch(shell(long), 0.4).rest());
    await client.idle();
    const answer = await client.run({ ...shell(long), deadline_ns: 300e6 });
    assert.deepEqual([answer.done.end, answer.cases[0].outcome], ['END_EXPIRED', 'OUTCOME_CANCELLED']);
  },

  async cancel_at_every_phase(client) {
    await cancelAFileThatComes(client);
    const compiling = { steps: [{ name: 'c', commands: [{ compile: { language: 'c' },
      inputs: [{ name: '/app/a.c', file: { inline: Buffer.from('#include "/dev/zero"\n') } }] }] }] };
    const checking = withCases(shell('exit 0'), [{ input: { inline: Buffer.alloc(0) } }]);
    checking.steps[0].check = { checker: { argv: ['/bin/sh', '-c', long] } };
    const telling = withCases(shell('[ "$1" = 0 ] || exec sleep 1000'),
      [0, 1, 2].map((i) => ({ args: ['s', String(i)] })));
    for (const [wanted, what, program] of [[shell(long), 'queued'], [shell(long), 'started'],
      [shell(long), 'started', 'sleep'], [compiling, 'started', 'cc1'], [checking, 'started', 'sleep'],
      [telling, 'case_ended']]) {
      const events = client.watch(wanted);
      await events.until(what);
      if (program) await until(() => named(place.pid, program), program);
      events.cancel();
      await endsWith(status.CANCELLED, events.rest());
      await client.idle();
    }
    // In the queue, behind as many as there are slots.
    const running = Array.from({ length: (await client.status()).slots.total }, () => client.watch(shell(long)));
    for (const events of running) await events.until('started');
    const waiting = client.watch(shell(long));
    await waiting.until('queued');
    await until(async () => (await client.status()).queue.used === 1, 'a job in the queue');
    waiting.cancel();
    await endsWith(status.CANCELLED, waiting.rest());
    await until(async () => (await client.status()).queue.used === 0, 'an empty queue');
    for (const events of running) {
      events.cancel();
      await endsWith(status.CANCELLED, events.rest());
    }
    await client.idle();
    // Unary, and by another call; what is over already stays as it is.
    let call;
    const answered = new Promise((resolve, reject) => {
      call = client.jobs.Run(shell(long), client.metadata, deadline(), (error, answer) => (
        error ? reject(error) : resolve(answer)));
    });
    await until(async () => (await client.status()).slots.used === 1, 'its start');
    call.cancel();
    await endsWith(status.CANCELLED, answered);
    await client.idle();
    const id = () => crypto.randomBytes(8).toString('hex'); // or it is forgotten when its watcher has seen all
    let events = client.watch({ ...shell(long), id: id() });
    let ref = { id: (await events.next()).job_id };
    assert.equal((await client.unary('Cancel', ref)).end, 'END_CANCELLED');
    assert.equal((await events.until('done')).done.end, 'END_CANCELLED');
    assert.equal((await client.unary('Cancel', ref)).end, 'END_CANCELLED');
    events = client.watch({ ...shell('exit 0'), id: id() });
    ref = { id: (await events.until('done')).job_id };
    events.cancel();
    assert.equal((await client.unary('Cancel', ref)).end, 'END_COMPLETED');
  },

  async lost_connection(client) {
    const other = new Stock();
    const events = other.watch(shell(long));
    await events.until('started');
    events.call.on('error', () => {}); // ours
    other.close();
    events.cancel(); // closing alone waits for calls here
    await client.idle();
  },

  async unknown_method(client) {
    for (const name of ['/bailiff.v1.Executor/Nothing', '/bailiff.v1.Nobody/Run', '/Run', '/']) {
      await endsWith(status.UNIMPLEMENTED, client.raw(name, Buffer.alloc(0)));
      await endsWith(status.UNIMPLEMENTED, client.rawStream(name, Buffer.alloc(100000)));
    }
  },

  async malformed_message(client) {
    for (const method of plan.requests) {
      for (const message of plan.malformed) {
        await endsWith(status.INVALID_ARGUMENT,
          client.raw('/bailiff.v1.' + method, Buffer.from(message, 'base64')));
      }
    }
    assert.equal((await client.run(shell('exit 0'))).done.outcome, 'OUTCOME_PASSED');
  },

  async refusals(client) {
    const told = await endsWith(status.INVALID_ARGUMENT, client.run({
      steps: [{ name: 'a', commands: [{ argv: ['x'] }] }, { name: 'b', commands: [{}] }] }));
    assert(told.details.includes('steps[1].commands[0].argv'), told.details);
    await endsWith(status.NOT_FOUND, client.unary('Result', { id: 'nosuch' }));
    await endsWith(status.FAILED_PRECONDITION, client.run(shell('', { profile: 'nosuch' })));
    await endsWith(status.NOT_FOUND, client.get({ sha256: Buffer.alloc(32) }));
  },

  // What runs goes on to its end, what comes is turned away; the process ends behind it.
  async drain(client) {
    const events = client.watch(shell('sleep 1; echo done', { stdout: { return_bytes: 9 } }));
    await events.until('started');
    process.kill(place.pid, 'SIGTERM');
    await until(async () => {
      const late = new Stock();
      try {
        await late.status();
        return false;
      } catch (error) {
        assert.equal(error.code, status.UNAVAILABLE);
        return true;
      } finally {
        late.close();
      }
    }, 'its being closed');
    const ended = (await events.until('case_ended')).case_ended;
    assert.deepEqual([ended.outcome, ended.commands[0].stdout.data.toString()], ['OUTCOME_PASSED', 'done\n']);
    await events.until('done');
  },
};

// Nothing of it is there then, and the next one who brings it need not wait.
async function cancelAFileThatComes(client) {
  const data = crypto.randomBytes(100000);
  const sha256 = crypto.createHash('sha256').update(data).digest();
  let call;
  const answered = new Promise((resolve, reject) => {
    call = client.files.Put(client.metadata, deadline(), (error, info) => (error ? reject(error) : resolve(info)));
  });
  const ended = endsWith(status.CANCELLED, answered);
  call.write({ sha256, size_bytes: data.length });
  await new Promise((resolve) => call.write({ data: data.subarray(0, 50000) }, resolve));
  call.cancel();
  await ended;
  assert.equal((await client.put(data)).was_there, false);
  assert(data.equals(await client.get({ sha256 })));
}

(async () => {
  const client = new Stock();
  for (const name of place.cases) {
    try {
      await cases[name](client);
      console.log(name + ' ok');
    } catch (error) {
      console.log(name + ': ' + String(error.stack || error).replaceAll('\n', ' | '));
    }
  }
  client.close();
})();
