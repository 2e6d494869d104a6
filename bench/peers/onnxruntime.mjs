// The peer ONNX Runtime of `nativernn bench --grid --peers`: answers each line of standard input by one line; see README.md.
// It does forward only, and ends with its input.
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import onnxProto from 'onnx-proto';
import * as ort from 'onnxruntime-node';

const { onnx } = onnxProto;
const FLOAT = onnx.TensorProto.DataType.FLOAT;

// ONNX's operators and, for each of their gates, which one of PyTorch's it is.
const cells = {
  lstm: { operator: 'LSTM', gates: [0, 3, 1, 2] }, // i, o, f, g of i, f, g, o
  gru: { operator: 'GRU', gates: [1, 0, 2] }, // z, r, n of r, z, n
  rnn_tanh: { operator: 'RNN', gates: [0] },
};

/** PyTorch's blocks of H rows in ONNX's order of gates. */
function reorder(values, gates) {
  const block = values.length / gates.length;
  return Float32Array.from(gates.flatMap(gate => [...values.slice(gate * block, (gate + 1) * block)]));
}

/** A model of one layer, as bytes. The weights are inside, so that the session may pack them. */
function modelOf({ cell, T, B, I, H }, weights) {
  const { operator, gates } = cells[cell];
  const states = cell === 'lstm' ? ['h0', 'c0'] : ['h0'];
  const rows = gates.length * H;
  const bias = new Float32Array(2 * rows);
  bias.set(reorder(weights.b_ih, gates));
  bias.set(reorder(weights.b_hh, gates), rows);
  const value = (name, dims) => ({
    name,
    type: { tensorType: { elemType: FLOAT, shape: { dim: dims.map(dimValue => ({ dimValue })) } } },
  });
  const tensor = (name, dims, data) =>
    ({ name, dims, dataType: FLOAT, rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
  const { INT } = onnx.AttributeProto.AttributeType;
  const attribute = [{ name: 'hidden_size', type: INT, i: H }];
  if (cell === 'gru')
    attribute.push({ name: 'linear_before_reset', type: INT, i: 1 });
  const graph = {
    name: cell,
    node: [{ opType: operator, input: ['x', 'w', 'r', 'b', '', ...states], output: ['y', 'h'], attribute }],
    initializer: [
      tensor('w', [1, rows, I], reorder(weights.w_ih, gates)),
      tensor('r', [1, rows, H], reorder(weights.w_hh, gates)),
      tensor('b', [1, 2 * rows], bias),
    ],
    input: [value('x', [T, B, I]), ...states.map(name => value(name, [1, B, H]))],
    output: [value('y', [T, 1, B, H]), value('h', [1, B, H])],
  };
  return onnx.ModelProto.encode({ irVersion: 8, opsetImport: [{ domain: '', version: 14 }], graph }).finish();
}

/** A session of its own number of threads, and what it is fed with. */
async function prepare(request, arrays) {
  const { cell, T, B, I, H, threads } = request;
  const session = await ort.InferenceSession.create(modelOf(request, arrays), {
    executionProviders: ['cpu'], intraOpNumThreads: threads, interOpNumThreads: 1,
    executionMode: 'sequential', graphOptimizationLevel: 'all',
  });
  const feeds = { x: new ort.Tensor('float32', arrays.x, [T, B, I]), h0: new ort.Tensor('float32', arrays.h0, [1, B, H]) };
  if (cell === 'lstm')
    feeds.c0 = new ort.Tensor('float32', arrays.c0, [1, B, H]);
  return { session, feeds };
}

function randomArrays({ cell, T, B, I, H }) {
  const rows = cells[cell].gates.length * H;
  const uniform = (length, bound) => Float32Array.from({ length }, () => (2 * Math.random() - 1) * bound);
  const bound = 1 / Math.sqrt(H);
  return {
    x: uniform(T * B * I, 1), h0: uniform(B * H, 1), c0: uniform(B * H, 1),
    w_ih: uniform(rows * I, bound), w_hh: uniform(rows * H, bound), b_ih: uniform(rows, bound), b_hh: uniform(rows, bound),
  };
}

/** Seconds of one run: the mean over as many as begin within the slice, after one that does not count. */
async function timeRuns({ session, feeds }, slice) {
  await session.run(feeds);
  const start = performance.now();
  let runs = 0;
  do {
    await session.run(feeds);
    runs++;
  } while (performance.now() - start < slice * 1e3);
  return (performance.now() - start) / 1e3 / runs;
}

const kept = { shape: '', byThreads: new Map() }; // the sessions of the shape that was asked for last

async function answerLayer(request) {
  const shape = ['cell', 'T', 'B', 'I', 'H'].map(name => request[name]).join();
  if (shape !== kept.shape) {
    for (const { session } of kept.byThreads.values())
      await session.release();
    Object.assign(kept, { shape, byThreads: new Map() });
  }
  if (!kept.byThreads.has(request.threads))
    kept.byThreads.set(request.threads, await prepare(request, randomArrays(request)));
  return { ms: await timeRuns(kept.byThreads.get(request.threads), request.seconds) * 1e3 };
}

async function answerCheck(request) {
  const arrays = Object.fromEntries(Object.entries(request).filter(([, value]) => Array.isArray(value))
    .map(([name, value]) => [name, Float32Array.from(value)]));
  const { session, feeds } = await prepare({ ...request, threads: 1 }, arrays);
  const { y } = await session.run(feeds);
  await session.release();
  return { y: [...y.data] };
}

async function answer(line) {
  const request = JSON.parse(line);
  if (request.mode !== 'forward' || !(request.cell in cells))
    throw new Error('ONNX Runtime does forward only, of lstm, gru and rnn_tanh');
  if (request.op === 'layer')
    return answerLayer(request);
  if (request.op === 'check')
    return answerCheck(request);
  throw new Error(`ONNX Runtime has no answer to ${request.op}`);
}

const say = message => process.stdout.write(JSON.stringify(message) + '\n');

const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
say({ name: 'ONNX Runtime', version: JSON.parse(readFileSync(manifest, 'utf8')).version, details: `Node ${process.version}` });
for await (const line of createInterface({ input: process.stdin })) {
  try {
    say(await answer(line));
  } catch (e) {
    say({ error: String(e.message) });
  }
}
