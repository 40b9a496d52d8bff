// Judges one submission on a folder of tests with a bailiffd: docs/clients.md.
//
//     node judge.js [--ca FILE [--certificate FILE --key FILE]] [--token FILE] \
//         PROTO ADDRESS LANGUAGE SOURCE TESTS
//
// PROTO is this project's proto folder. ADDRESS is what gRPC takes: unix:/run/bailiff/rpc.sock,
// or host:port. TESTS holds NAME.in and NAME.ans. --ca: by TLS, with a worker that this authority
// vouches for; --certificate, --key: ours, where it asks for one; --token: a file with the bearer
// token. Exit status: 0 accepted, 1 not, 2 there was nothing to judge, or the worker did not take it
// or could not judge.
'use strict';
const crypto = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const util = require('node:util');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');

function usage() {
  console.error('usage: judge.js [--ca FILE [--certificate FILE --key FILE]] [--token FILE] '
    + 'PROTO ADDRESS LANGUAGE SOURCE TESTS');
  process.exit(2);
}

function readArguments() {
  const options = Object.fromEntries(
    ['ca', 'certificate', 'key', 'token'].map((name) => [name, { type: 'string' }]));
  try {
    return util.parseArgs({ options, allowPositionals: true });
  } catch {
    return usage();
  }
}

// A file that an option names, or null.
function read(name) {
  try {
    return name === undefined ? null : fs.readFileSync(name);
  } catch (error) {
    console.error(`judge.js: ${error.message}`);
    return process.exit(2);
  }
}

const { values: given, positionals } = readArguments();
if (positionals.length !== 5) usage();
const [proto, address, language, source, folder] = positionals;
const { Executor, Files } = grpc.loadPackageDefinition(
  loader.loadSync('bailiff/v1/executor.proto', {
    includeDirs: [proto], keepCase: true, enums: String, longs: Number, oneofs: true, defaults: true,
  })).bailiff.v1;
const credentials = given.ca
  ? grpc.credentials.createSsl(read(given.ca), read(given.key), read(given.certificate))
  : grpc.credentials.createInsecure(); // a Unix socket, or one that listens on this machine only
const metadata = new grpc.Metadata();
if (given.token) metadata.set('authorization', `Bearer ${read(given.token).toString().trim()}`);
const jobs = new Executor(address, credentials);
const files = new Files(address, credentials);
const within = (seconds) => ({ deadline: Date.now() + seconds * 1000 });

function missing(digests) {
  return new Promise((resolve, reject) => files.Missing({ sha256: digests }, metadata, within(60),
    (error, answer) => (error ? reject(error) : resolve(answer.sha256))));
}

function put(file) {
  return new Promise((resolve, reject) => {
    const call = files.Put(metadata, within(600), (error, info) => (error ? reject(error) : resolve(info)));
    const data = fs.createReadStream(file, { highWaterMark: 1 << 20 });
    data.on('data', (chunk) => {
      if (!call.write({ data: chunk })) { // the worker takes it as fast as it can: wait for it
        data.pause();
        call.once('drain', () => data.resume());
      }
    });
    data.on('end', () => call.end());
    data.on('error', (error) => { call.cancel(); reject(error); });
  });
}

// Test data travels once, however many submissions are judged with it.
async function sendWhatIsMissing(names) {
  const digests = new Map(names.map((name) =>
    [name, crypto.createHash('sha256').update(fs.readFileSync(name)).digest()]));
  const absent = new Set((await missing([...digests.values()])).map((digest) => digest.toString('hex')));
  for (const [name, digest] of digests) if (absent.delete(digest.toString('hex'))) await put(name);
  return digests;
}

// The whole submission: compile once, run on each test, stop at the first that fails.
function describe(tests, digests) {
  return {
    steps: [{
      name: 'compile',
      commands: [{
        compile: { language },
        inputs: [{ name: `/app/${path.basename(source)}`, file: { inline: fs.readFileSync(source) } }],
        stderr: { return_bytes: 16384 },
      }],
    }, {
      name: 'tests',
      commands: [{
        compiled: { step: 'compile' },
        limits: { cpu_time_ns: 2e9, wall_time_ns: 6e9, memory_bytes: 256 * 2 ** 20 },
      }],
      cases: tests.map((test) => ({
        name: path.basename(test, '.in'),
        input: { sha256: digests.get(test) },
        answer: { sha256: digests.get(test.replace(/\.in$/, '.ans')) },
      })),
      check: { tokens: {} },
      stop: 'STOP_STEP',
    }],
  };
}

function tell(ended) {
  const program = ended.commands[0];
  const columns = [ended.step_name.padEnd(8), ended.case_name.padEnd(12),
    ended.outcome.replace('OUTCOME_', '').padEnd(10)];
  if (program) {
    columns.push(program.verdict.replace('VERDICT_', '').padEnd(16),
      `${(program.usage.cpu_time_ns / 1e9).toFixed(3)} s`);
  }
  if (ended.check) columns.push(ended.check.message.toString());
  console.log(columns.join(' ').trimEnd());
}

async function judge() {
  const tests = fs.readdirSync(folder).filter((name) => name.endsWith('.in')).sort()
    .map((name) => path.join(folder, name));
  if (tests.length === 0) throw new Error(`no NAME.in in ${folder}`);
  const digests = await sendWhatIsMissing(
    [...tests, ...tests.map((test) => test.replace(/\.in$/, '.ans'))]);
  let done;
  for await (const event of jobs.Watch(describe(tests, digests), metadata, within(600))) {
    if (event.what === 'case_ended') tell(event.case_ended);
    if (event.what === 'done') done = event.done;
  }
  // What is nobody's fault but ours never blames the submission.
  if (done.end !== 'END_COMPLETED') return 2;
  if (['OUTCOME_ERROR', 'OUTCOME_CHECK_FAILED'].includes(done.outcome)) return 2;
  return done.outcome === 'OUTCOME_PASSED' ? 0 : 1;
}

judge().then((status) => { process.exitCode = status; }, (error) => {
  console.error(`${grpc.status[error.code] ?? 'ERROR'}: ${error.details ?? error.message}`);
  process.exitCode = 2;
}).finally(() => { jobs.close(); files.close(); });
